package dev.goaround.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which fields may pass as trailers: none that frame or route a message, control how it is handled, carry credentials, or are
 * a proxy's word about the client (RFC 9110 section 6.5.1), since a server may merge trailers into the header.
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
            HttpHeaderNames.CONTENT_RANGE,
            HttpHeaderNames.VIA,
            AsciiString.cached("forwarded"),
            AsciiString.cached("front-end-https"),
            AsciiString.cached("x-real-ip"),
            AsciiString.cached("client-cert"),
            AsciiString.cached("client-cert-chain"));

    private static final String CLAIMS = "x-forwarded-";

    private TrailerRules() {}

    static void apply(HttpHeaders trailers) {
        if (!trailers.isEmpty()) {
            FORBIDDEN.forEach(trailers::remove);
            for (Map.Entry<String, String> field : trailers.entries()) {
                if (field.getKey().toLowerCase(Locale.ROOT).startsWith(CLAIMS)) {
                    trailers.remove(field.getKey());
                }
            }
        }
    }
}
