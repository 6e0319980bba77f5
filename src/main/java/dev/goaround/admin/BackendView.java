package dev.goaround.admin;

import dev.goaround.pool.Backend;
import dev.goaround.pool.Member;
import dev.goaround.pool.Ramp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * One backend as the status endpoint shows it. The names of the components are a contract with whoever reads the JSON:
 * hence {@link OperationResponseBody}, which keeps {@code spring.jackson} settings away from it.
 *
 * @param sources who lists it, the one whose word counts first
 * @param version the version of its application; left out unless it is a Spring Boot application that tells
 * @param state {@code healthy}, {@code degraded} or {@code draining}, unless an operator has made it {@code draining} or
 *     {@code disabled}
 * @param since when the state last changed
 * @param cause why the backend is in this state
 * @param lastProbe left out of the JSON before the first probe
 * @param slowStart the share of its weight that the backend has while it grows to all of it; left out otherwise
 * @param restsUntil until when the backend has asked with {@code Retry-After} to be left alone with some path; left out otherwise
 * @param inFlight attempts running now
 * @param openConnections connections open, in use or idle
 * @param tunnels connections that have switched to another protocol, such as WebSocket
 * @param requests attempts made since the backend joined the pool
 * @param failures attempts that the backend failed
 * @param limit most attempts that may run at once: {@code maxConnections}, or fewer if that adapts
 * @param zone left out unless it is said
 * @param bytesSent body bytes sent to the backend
 * @param bytesReceived body bytes received from the backend
 */
record BackendView(
        String id,
        String url,
        List<String> sources,
        @Nullable String version,
        String state,
        Instant since,
        String cause,
        @Nullable ProbeView lastProbe,
        @Nullable Instant restsUntil,
        int inFlight,
        int openConnections,
        int idleConnections,
        int tunnels,
        long requests,
        long failures,
        long bytesSent,
        long bytesReceived,
        int weight,
        @Nullable Double slowStart,
        int limit,
        int maxConnections,
        boolean backup,
        int priority,
        @Nullable String zone)
        implements OperationResponseBody {

    static BackendView of(Member member, StatusSources sources, Instant now) {
        Backend backend = member.backend();
        return new BackendView(
                backend.id(),
                backend.spec().uri().toString(),
                member.sources(),
                sources.backendVersion().apply(backend).orElse(null),
                member.label(),
                member.labelSince().truncatedTo(ChronoUnit.MILLIS),
                member.labelCause(),
                sources.lastProbe().apply(backend).map(ProbeView::of).orElse(null),
                backend.restsUntil().orElse(null),
                backend.inFlight(),
                backend.openConnections().get(),
                backend.idleConnections().get(),
                backend.tunnels().get(),
                backend.requests(),
                backend.failures(),
                backend.bytesSent().sum(),
                backend.bytesReceived().sum(),
                backend.spec().weight(),
                slowStart(backend, now),
                backend.limit(),
                backend.spec().maxConnections().most(),
                backend.spec().backup(),
                backend.spec().priority(),
                backend.spec().zone());
    }

    private static @Nullable Double slowStart(Backend backend, Instant now) {
        Ramp ramp = backend.ramp();
        int share = ramp == null ? Ramp.FULL : ramp.share(now.toEpochMilli());
        return share == Ramp.FULL ? null : (double) share / Ramp.FULL;
    }
}
