/** The tree of settings under {@code goaround}. */
@NullMarked
package dev.goaround.config;

import org.jspecify.annotations.NullMarked;
