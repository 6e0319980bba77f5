package dev.goaround.upstream;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How GoAround talks to backends ({@code goaround.upstream.*}).
 *
 * @param maxConnections most connections to one backend, unless the backend says otherwise
 * @param connectTimeout longest wait for a connection, TLS handshake included
 * @param responseTimeout longest wait for the head of a response after the request was sent
 * @param bodyTimeout longest wait for more of a response's body
 * @param protocol protocol spoken to backends
 * @param ca PEM file of the authorities that {@code https} backends are verified against; unset means the system's
 * @param verify whether the certificates of {@code https} backends are verified
 */
public record UpstreamSettings(
        @DefaultValue("1024") int maxConnections,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("30s") Duration responseTimeout,
        @DefaultValue("60s") Duration bodyTimeout,
        @DefaultValue("auto") Protocol protocol,
        @Nullable Path ca,
        @DefaultValue("true") boolean verify) {

    /** A protocol spoken to backends. */
    public enum Protocol {
        /** The best that the backend speaks. */
        AUTO,
        /** HTTP/1.1. */
        HTTP1
    }
}
