package dev.goaround.accesslog;

import org.jspecify.annotations.Nullable;

/**
 * What is logged of one request. Texts are as they came from the client, cut where they are too long, so that what waits to be
 * written is bounded.
 *
 * @param at when it came, in milliseconds since the epoch
 * @param id its identifier
 * @param client the client's address
 * @param method null, and the target too, if the request could not be read
 * @param target its target with the query
 * @param protocol {@code HTTP/1.1}
 * @param status what the client got, or 0 for nothing
 * @param bytesIn bytes of its body
 * @param bytesOut bytes of the answer's body
 * @param nanos how long it took
 * @param phases what of that is known in parts
 * @param attempts how many attempts were made
 * @param backend id of the backend that answered, or was asked last; null if none was
 * @param tlsVersion null without TLS
 * @param cancelled why there was no whole answer, in a word; null if there was
 * @param problem why GoAround answered itself, in a word (RFC 9209 section 2.3); null if it did not
 */
public record AccessEntry(
        long at,
        String id,
        String client,
        @Nullable String method,
        @Nullable String target,
        String protocol,
        int status,
        long bytesIn,
        long bytesOut,
        long nanos,
        Phases phases,
        int attempts,
        @Nullable String backend,
        @Nullable String tlsVersion,
        @Nullable String userAgent,
        @Nullable String referer,
        @Nullable String cancelled,
        @Nullable String problem) {

    private static final int LONGEST_CLIENT = 64;
    private static final int LONGEST_METHOD = 32;
    private static final int LONGEST_TARGET = 2048;
    private static final int LONGEST_AGENT = 512;
    private static final int LONGEST_REFERER = 1024;
    private static final String CUT = "...";

    /**
     * Parts of a request's time in nanoseconds, -1 where there was none such.
     *
     * @param queue waiting for a backend with a free place
     * @param connect in the last attempt, until there was a connection
     * @param firstByte from then until the head of the answer
     * @param body from then until the end of the answer
     */
    public record Phases(long queue, long connect, long firstByte, long body) {

        /** Of a request that was not sent to any backend. */
        public static final Phases NONE = new Phases(-1, -1, -1, -1);
    }

    public AccessEntry {
        client = cut(client, LONGEST_CLIENT);
        method = method == null ? null : cut(method, LONGEST_METHOD);
        target = target == null ? null : cut(target, LONGEST_TARGET);
        userAgent = userAgent == null ? null : cut(userAgent, LONGEST_AGENT);
        referer = referer == null ? null : cut(referer, LONGEST_REFERER);
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - CUT.length()) + CUT;
    }
}
