/** What tests of several packages share. */
@NullMarked
package dev.goaround.testing;

import org.jspecify.annotations.NullMarked;
