/** Connections to backends, and the {@code WebClient} connector on top of them. */
@NullMarked
package dev.goaround.upstream;

import org.jspecify.annotations.NullMarked;
