/** Tests of the packaged jar as a process, with its flags, over HTTP. */
@NullMarked
package dev.goaround.it;

import org.jspecify.annotations.NullMarked;
