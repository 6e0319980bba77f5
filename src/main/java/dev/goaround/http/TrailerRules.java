package dev.goaround.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/**
 * Which fields may pass as trailers: none that frame or route a message, control how it is handled, carry credentials, or are
 * a proxy's word about the client (RFC 9110 section 6.5.1), since a server may merge trailers into the header.
 */
final class TrailerRules {

    private static final FieldNameSet FORBIDDEN = new FieldNameSet(List.of(
            "content-length",
            "transfer-encoding",
            "trailer",
            "te",
            "connection",
            "upgrade",
            "keep-alive",
            "proxy-connection",
            "host",
            "authorization",
            "proxy-authorization",
            "proxy-authenticate",
            "www-authenticate",
            "cookie",
            "set-cookie",
            "cache-control",
            "expect",
            "range",
            "content-encoding",
            "content-type",
            "content-range",
            "via"));

    private TrailerRules() {}

    /** @param claims the fields that are a proxy's word, which no trailer can be: nothing tells who has written it */
    static void apply(HttpHeaders trailers, FieldNameSet claims) {
        if (!trailers.isEmpty()) {
            FORBIDDEN.removeFrom(trailers);
            claims.removeFrom(trailers);
        }
    }
}
