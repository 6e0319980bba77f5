/** Who is in the pool: what several sources list, merged. */
@NullMarked
package dev.goaround.membership;

import org.jspecify.annotations.NullMarked;
