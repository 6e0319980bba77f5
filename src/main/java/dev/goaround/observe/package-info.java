/** What GoAround remembers of its work, for those who ask why. */
@NullMarked
package dev.goaround.observe;

import org.jspecify.annotations.NullMarked;
