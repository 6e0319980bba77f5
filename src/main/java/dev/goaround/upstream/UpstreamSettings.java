package dev.goaround.upstream;

import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import dev.goaround.settings.Requirements;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How GoAround talks to backends ({@code goaround.upstream.*}).
 *
 * @param maxConnections Most connections to one backend, unless the backend says otherwise; or adaptive, for a number of requests that follows its response times.
 * @param connectTimeout Longest wait for a connection, over all addresses of the backend.
 * @param handshakeTimeout Longest wait for a TLS handshake.
 * @param responseTimeout Longest wait for the head of a response after the backend's system took the last of the request, and longest time that the
 *     backend takes nothing of it. 0 means no limit.
 * @param bodyTimeout Longest wait for more of a response's body. 0 means no limit.
 * @param eventStreamTimeout Longest wait for more of a stream of messages, such as an event stream (text/event-stream), lines of JSON or gRPC. Unset means no limit.
 * @param tunnelIdleTimeout Longest time without a byte in either direction after protocols were switched, as for WebSocket. Unset means no limit.
 * @param tunnelLifetime Longest time that a connection lasts after protocols were switched. Unset means no limit.
 * @param drainTimeout How long a backend that has left the pool may go on with what it has before that is cut off.
 * @param headerLimit Largest header block of a response; a larger one is a bad answer.
 * @param protocol Protocol spoken to backends that do not say otherwise: auto (HTTP/2 to https backends that speak it, else HTTP/1.1), http1, h2 or h2c.
 * @param proxyProtocol Version of the PROXY protocol, v1 or v2, by which each connection to a backend says for which client it is. It then carries one request, in HTTP/1.1. Unset means none.
 * @param ca PEM file of the authorities that https backends are verified against. Unset means the system's.
 * @param clientCertificate PEM file of the certificate chain shown to https backends; read again when it changes.
 * @param clientKey PEM file of its private key; read again when it changes.
 * @param serverName Name that https backends are asked for and verified by. Unset means the host of each URL.
 * @param tlsVersion Oldest version of TLS spoken to https backends, 1.2 or 1.3.
 * @param verify Whether the certificates of https backends are verified.
 * @param lenient Whether lines that end in a bare LF, blanks before a colon and continued lines in responses of HTTP/1.1 are repaired; if not, they are
 *     bad answers.
 */
public record UpstreamSettings(
        @DefaultValue("1024") MaxConnections maxConnections,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("5s") Duration handshakeTimeout,
        @DefaultValue("30s") Duration responseTimeout,
        @DefaultValue("60s") Duration bodyTimeout,
        @Nullable Duration eventStreamTimeout,
        @Nullable Duration tunnelIdleTimeout,
        @Nullable Duration tunnelLifetime,
        @DefaultValue("60s") Duration drainTimeout,
        @DefaultValue("64KB") DataSize headerLimit,
        @DefaultValue("auto") Protocol protocol,
        @Nullable ProxyProtocol proxyProtocol,
        @Nullable Path ca,
        @Nullable Path clientCertificate,
        @Nullable Path clientKey,
        @Nullable String serverName,
        @DefaultValue("1.2") String tlsVersion,
        @DefaultValue("true") boolean verify,
        @DefaultValue("false") boolean lenient) {

    private static final List<String> VERSIONS = List.of("1.2", "1.3");
    private static final DataSize LEAST_HEADER = DataSize.ofBytes(256);
    private static final DataSize MOST_HEADER = DataSize.ofMegabytes(1);

    public UpstreamSettings {
        new Requirements("goaround.upstream")
                .that(
                        maxConnections.valid(),
                        "max-connections",
                        maxConnections,
                        "expected 1 to " + MaxConnections.HIGHEST + " or adaptive")
                .duration("connect-timeout", connectTimeout)
                .duration("handshake-timeout", handshakeTimeout)
                .durationOrZero("response-timeout", responseTimeout)
                .durationOrZero("body-timeout", bodyTimeout)
                .duration("event-stream-timeout", eventStreamTimeout)
                .duration("tunnel-idle-timeout", tunnelIdleTimeout)
                .duration("tunnel-lifetime", tunnelLifetime)
                .duration("drain-timeout", drainTimeout)
                .that(
                        headerLimit.compareTo(LEAST_HEADER) >= 0 && headerLimit.compareTo(MOST_HEADER) <= 0,
                        "header-limit",
                        headerLimit,
                        "expected 256B to 1MB")
                .that(
                        proxyProtocol == null || (protocol != Protocol.H2 && protocol != Protocol.H2C),
                        "proxy-protocol",
                        proxyProtocol,
                        "needs HTTP/1.1, which goaround.upstream.protocol rules out")
                .that(
                        clientCertificate == null || clientKey != null,
                        "client-certificate",
                        clientCertificate,
                        "needs its private key as well (goaround.upstream.client-key)")
                .that(
                        clientKey == null || clientCertificate != null,
                        "client-key",
                        clientKey,
                        "needs its certificate as well (goaround.upstream.client-certificate)")
                .that(VERSIONS.contains(tlsVersion), "tls-version", tlsVersion, "expected 1.2 or 1.3")
                .enforce();
    }

    /** The versions of TLS spoken to backends, by their names. */
    List<String> tlsVersions() {
        return VERSIONS.subList(VERSIONS.indexOf(tlsVersion), VERSIONS.size()).stream()
                .map(version -> "TLSv" + version)
                .toList();
    }
}
