/** The life of a request, from the {@code RouterFunction} to the last byte of the answer. */
@NullMarked
package dev.goaround.proxy;

import org.jspecify.annotations.NullMarked;
