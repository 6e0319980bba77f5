/** Whether a failed attempt may be repeated. */
@NullMarked
package dev.goaround.retry;

import org.jspecify.annotations.NullMarked;
