/** Asks name servers. */
@NullMarked
package dev.goaround.dns;

import org.jspecify.annotations.NullMarked;
