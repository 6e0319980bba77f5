/** The traffic port: HTTP/1.1 towards clients, its limits, time-outs, TLS and shutdown. */
@NullMarked
package dev.goaround.listen;

import org.jspecify.annotations.NullMarked;
