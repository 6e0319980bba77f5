/** The application: its entry point and its object graph. */
@NullMarked
package dev.goaround;

import org.jspecify.annotations.NullMarked;
