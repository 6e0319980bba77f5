package dev.goaround.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;

/**
 * Which fields may pass as trailers: none that frame or route a message, control how it is handled or carry credentials
 * (RFC 9110 section 6.5.1).
 */
final class TrailerRules {

    private static final List<AsciiString> FORBIDDEN = List.of(
            HttpHeaderNames.CONTENT_LENGTH,
            HttpHeaderNames.TRANSFER_ENCODING,
            HttpHeaderNames.TRAILER,
            HttpHeaderNames.TE,
            HttpHeaderNames.CONNECTION,
            HttpHeaderNames.UPGRADE,
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-connection"),
            HttpHeaderNames.HOST,
            HttpHeaderNames.AUTHORIZATION,
            HttpHeaderNames.PROXY_AUTHORIZATION,
            HttpHeaderNames.PROXY_AUTHENTICATE,
            HttpHeaderNames.WWW_AUTHENTICATE,
            HttpHeaderNames.COOKIE,
            HttpHeaderNames.SET_COOKIE,
            HttpHeaderNames.CACHE_CONTROL,
            HttpHeaderNames.EXPECT,
            HttpHeaderNames.RANGE,
            HttpHeaderNames.CONTENT_ENCODING,
            HttpHeaderNames.CONTENT_TYPE,
            HttpHeaderNames.CONTENT_RANGE);

    private TrailerRules() {}

    static void apply(HttpHeaders trailers) {
        if (!trailers.isEmpty()) {
            FORBIDDEN.forEach(trailers::remove);
        }
    }
}
