package dev.goaround.listen;

import dev.goaround.http.MessageLimits;
import dev.goaround.settings.Cidr;
import dev.goaround.settings.Requirements;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What clients may do on the traffic port ({@code goaround.listen.*}).
 *
 * @param requestLineLimit Longest request line; a longer one gets 414.
 * @param headerLimit Largest header block; a larger one gets 431.
 * @param headerCountLimit Most header fields, Host not counted; more get 431.
 * @param bodyLimit Largest request body; a larger one gets 413. Unset means no limit.
 * @param headerTimeout Longest time from the first byte of a request's head to its last; then 408.
 * @param bodyTimeout Longest wait for more of a request's body, until its response begins; then 408. 0 means no limit.
 * @param minimumUploadRate Fewest bytes of a body that a client must send per second, on average after 10 s; then 408. Unset means no limit.
 * @param minimumDownloadRate Fewest bytes that a client must take per second while a response waits for it, on average over the body time-out; then the
 *     response is cut. 0B means no limit.
 * @param keepAliveTimeout Longest time that a connection may idle between requests before it is closed.
 * @param requestsPerConnection Most requests on one connection, the last of which closes it. Unset means no limit.
 * @param proxyProtocol Addresses or CIDR blocks of load balancers in front that begin each connection with a PROXY protocol header.
 * @param http2 Whether HTTP/2 is spoken, by ALPN with TLS and by prior knowledge without.
 * @param http2MaxStreams Most streams of HTTP/2, or of HTTP/3, that a connection may have open at a time.
 * @param http2PingInterval Longest silence of a client on a connection of HTTP/2 with open streams before it is asked by a PING whether it is still
 *     there; one that does not respond within 20 s is closed. 0 means never.
 * @param resetLimit Most streams of one connection of HTTP/2 or HTTP/3 that its client may reset within 10 s before their responses begin. The connection
 *     ends if there are more, and they are more than half of its requests.
 * @param http3 Whether HTTP/3 is spoken as well, on the UDP port of the same number; needs TLS.
 * @param abortOnClose Whether a client of HTTP/1.1 without TLS that ends its direction of the connection is taken for gone, so that its requests are given
 *     up. If not, those that were read whole are answered.
 * @param maxConnections Most connections of clients; more get 503. Unset means no limit.
 * @param maxConnectionsPerAddress Most connections of clients with the same address; more get 503. Unset means no limit.
 */
public record ListenSettings(
        @DefaultValue("16KB") DataSize requestLineLimit,
        @DefaultValue("32KB") DataSize headerLimit,
        @DefaultValue("100") int headerCountLimit,
        @Nullable DataSize bodyLimit,
        @DefaultValue("10s") Duration headerTimeout,
        @DefaultValue("30s") Duration bodyTimeout,
        @Nullable DataSize minimumUploadRate,
        @DefaultValue("240B") DataSize minimumDownloadRate,
        @DefaultValue("75s") Duration keepAliveTimeout,
        @Nullable Integer requestsPerConnection,
        @DefaultValue List<Cidr> proxyProtocol,
        @DefaultValue("true") boolean http2,
        @DefaultValue("100") int http2MaxStreams,
        @DefaultValue("60s") Duration http2PingInterval,
        @DefaultValue("1000") int resetLimit,
        @DefaultValue("false") boolean http3,
        @DefaultValue("false") boolean abortOnClose,
        @Nullable Integer maxConnections,
        @Nullable Integer maxConnectionsPerAddress) {

    /** Below this the requests of ordinary browsers would be refused; above the other, each connection may pin megabytes. */
    private static final DataSize LEAST = DataSize.ofBytes(256);

    private static final DataSize MOST = DataSize.ofMegabytes(1);

    public ListenSettings {
        proxyProtocol = List.copyOf(proxyProtocol);
        new Requirements("goaround.listen")
                .that(within(requestLineLimit), "request-line-limit", requestLineLimit, "expected 256B to 1MB")
                .that(within(headerLimit), "header-limit", headerLimit, "expected 256B to 1MB")
                .range("header-count-limit", headerCountLimit, 1, 10_000)
                .that(bodyLimit == null || !bodyLimit.isNegative(), "body-limit", bodyLimit, "expected >= 0B")
                .duration("header-timeout", headerTimeout)
                .durationOrZero("body-timeout", bodyTimeout)
                .duration("keep-alive-timeout", keepAliveTimeout)
                .that(
                        minimumUploadRate == null
                                || (minimumUploadRate.toBytes() > 0 && within(minimumUploadRate, MOST)),
                        "minimum-upload-rate",
                        minimumUploadRate,
                        "expected 1B to 1MB")
                .that(
                        !minimumDownloadRate.isNegative() && within(minimumDownloadRate, MOST),
                        "minimum-download-rate",
                        minimumDownloadRate,
                        "expected 0B (no limit) to 1MB")
                .that(
                        atLeastOne(requestsPerConnection),
                        "requests-per-connection",
                        requestsPerConnection,
                        "expected >= 1")
                .range("http2-max-streams", http2MaxStreams, 1, 10_000)
                .durationOrZero("http2-ping-interval", http2PingInterval)
                .range("reset-limit", resetLimit, 1, 1_000_000)
                .that(
                        !http3 || proxyProtocol.isEmpty(),
                        "http3",
                        http3,
                        "the PROXY protocol has no form for it, unset goaround.listen.proxy-protocol")
                .that(atLeastOne(maxConnections), "max-connections", maxConnections, "expected >= 1")
                .that(
                        atLeastOne(maxConnectionsPerAddress),
                        "max-connections-per-address",
                        maxConnectionsPerAddress,
                        "expected >= 1")
                .enforce();
    }

    /** Whether so many requests are as many as a connection may carry. */
    boolean lastOnConnection(int requests) {
        return requestsPerConnection != null && requests >= requestsPerConnection;
    }

    MessageLimits messageLimits() {
        return new MessageLimits((int) requestLineLimit.toBytes(), (int) headerLimit.toBytes(), headerCountLimit);
    }

    private static boolean within(DataSize size) {
        return size.compareTo(LEAST) >= 0 && within(size, MOST);
    }

    private static boolean within(DataSize size, DataSize most) {
        return size.compareTo(most) <= 0;
    }

    private static boolean atLeastOne(@Nullable Integer count) {
        return count == null || count >= 1;
    }
}
