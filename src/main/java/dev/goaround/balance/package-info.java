/** Balancing algorithms, one class each. */
@NullMarked
package dev.goaround.balance;

import org.jspecify.annotations.NullMarked;
