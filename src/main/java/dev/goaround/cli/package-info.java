/** Command-line flags, turned into settings or into one sentence per mistake. */
@NullMarked
package dev.goaround.cli;

import org.jspecify.annotations.NullMarked;
