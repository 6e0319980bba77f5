package dev.goaround.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Switching a connection to another protocol, such as WebSocket (RFC 9110 section 7.8): a request asks for it, a 101 agrees, and
 * from then on the connection carries bytes that are nobody's business but the two ends'.
 */
public final class Upgrade {

    /** It would put HTTP/2 past everything that checks HTTP, and is obsolete (RFC 9113 section 3.1). */
    private static final String H2C = "h2c";

    private Upgrade() {}

    /** Whether the answer says that protocols are switched. */
    public static boolean switches(HttpResponse response) {
        return response.status().code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    }

    /**
     * Returns what the message names to switch to, as the value of an {@code Upgrade} field; null if that is nothing that may
     * pass. A request may have a body, which comes first.
     */
    public static @Nullable String of(HttpMessage head) {
        HttpHeaders headers = head.headers();
        if (!headers.contains(HttpHeaderNames.UPGRADE)
                || !HttpVersion.HTTP_1_1.equals(head.protocolVersion())
                || !tokens(headers, HttpHeaderNames.CONNECTION).contains("upgrade")) {
            return null;
        }
        List<String> protocols = new ArrayList<>();
        for (String value : headers.getAll(HttpHeaderNames.UPGRADE)) {
            for (String protocol : value.split(",", -1)) {
                String name = protocol.trim();
                if (!wellFormed(name)) {
                    return null;
                }
                if (!name.isEmpty() && !H2C.equalsIgnoreCase(name)) {
                    protocols.add(name);
                }
            }
        }
        return protocols.isEmpty() ? null : String.join(", ", protocols);
    }

    /** A name and perhaps a version, each a token; or nothing, which lists may contain. */
    private static boolean wellFormed(String protocol) {
        return protocol.chars().allMatch(c -> c < 0x80 && (c == '/' || Octets.token((byte) c)));
    }

    /** Whether the answer switches to what its request asked for, and to nothing else. */
    public static boolean agreed(HttpMessage request, HttpMessage response) {
        List<String> chosen = tokens(response.headers(), HttpHeaderNames.UPGRADE);
        return Upgrade.of(response) != null
                && tokens(request.headers(), HttpHeaderNames.UPGRADE).containsAll(chosen);
    }

    /**
     * Takes the fields away that would frame a body, which the message that switches protocols has not, whatever they say (RFC 9112 section
     * 6.3, RFC 9110 sections 8.6 and 9.3.6).
     */
    public static void dropFraming(HttpHeaders switching) {
        switching.remove(HttpHeaderNames.CONTENT_LENGTH).remove(HttpHeaderNames.TRANSFER_ENCODING);
    }

    private static List<String> tokens(HttpHeaders headers, CharSequence name) {
        List<String> tokens = new ArrayList<>();
        for (String value : headers.getAll(name)) {
            for (String token : value.split(",", -1)) {
                if (!token.isBlank()) {
                    tokens.add(token.trim().toLowerCase(Locale.ROOT));
                }
            }
        }
        return tokens;
    }
}
