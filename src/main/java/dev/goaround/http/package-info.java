/** What both sides of the proxy share of HTTP/1.1 on Netty: bodies, time limits and GoAround's own answers. */
@NullMarked
package dev.goaround.http;

import org.jspecify.annotations.NullMarked;
