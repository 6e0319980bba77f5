package dev.goaround.upstream;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a response's head must be beyond what the decoder checks, so that its end is certain (RFC 9112 section 6.3). */
final class ResponseRules {

    private ResponseRules() {}

    /** Returns what is wrong with the head, or null. */
    static @Nullable String problem(HttpResponse response) {
        HttpVersion version = response.protocolVersion();
        if (!"HTTP".equals(version.protocolName()) || version.majorVersion() != 1) {
            return "not HTTP/1";
        }
        int code = response.status().code();
        if (code < 100 || code > 599) {
            return "status code out of range";
        }
        HttpHeaders headers = response.headers();
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return null;
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() != 1 || !"chunked".equalsIgnoreCase(codings.get(0).trim())) {
            return "a transfer coding other than chunked";
        }
        return null;
    }
}
