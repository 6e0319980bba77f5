/** HTTP/2: connections of streams, each of which reads and writes messages as a connection of HTTP/1.1 does. */
@NullMarked
package dev.goaround.http2;

import org.jspecify.annotations.NullMarked;
