/** The status page of the management port, and what it is made of. */
@NullMarked
package dev.goaround.page;

import org.jspecify.annotations.NullMarked;
