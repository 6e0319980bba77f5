/** Three backends inside the process, to try GoAround without any of one's own. */
@NullMarked
package dev.goaround.demo;

import org.jspecify.annotations.NullMarked;
