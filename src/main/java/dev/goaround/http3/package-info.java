/** HTTP/3: streams of QUIC in the frames that the streams of HTTP/2 are made of, and who may open connections. */
@NullMarked
package dev.goaround.http3;

import org.jspecify.annotations.NullMarked;
