package dev.goaround.listen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.Mapping;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What clients' connections are secured with: the certificate for the name that a client asks for, or else the first. */
public final class ServerTls {

    private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

    private static final Duration WARNED_BEFORE = Duration.ofDays(14);
    private static final int LONGEST_CLIENT_HELLO = 16 * 1024;
    private static final int HANDSHAKE_TIMEOUT_MILLIS = 10_000;

    private final ServedCertificate first;
    private final List<ServedCertificate> others;

    ServerTls(ServedCertificate first, List<ServedCertificate> others) {
        this.first = first;
        this.others = List.copyOf(others);
    }

    /** Returns what secures a connection of QUIC. The first certificate's context knows the others by name. */
    QuicSslEngine newQuicEngine(ByteBufAllocator allocator) {
        return first.quicContext().newEngine(allocator);
    }

    /** Returns the context of QUIC for the name that a client asks for. */
    QuicSslContext quicContext(@Nullable String name) {
        return named(name).quicContext();
    }

    ChannelHandler newHandler() {
        return new ByHello(name -> named(name).context());
    }

    private SslHandler handler(SslContext context, ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator);
        if (handler.engine() instanceof ReferenceCountedOpenSslEngine engine) {
            all().map(certificate -> certificate.stapled(context))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .ifPresent(engine::setOcspResponse);
        }
        return handler;
    }

    /** Waits for the name that the client asks for, and for the protocols that it offers. */
    private final class ByHello extends SniHandler {

        ByHello(Mapping<String, SslContext> certificates) {
            super(certificates, LONGEST_CLIENT_HELLO, HANDSHAKE_TIMEOUT_MILLIS);
        }

        @Override
        protected Future<SslContext> lookup(ChannelHandlerContext context, @Nullable ByteBuf clientHello)
                throws Exception {
            if (clientHello != null && OfferedProtocols.strange(clientHello, first.protocols())) {
                context.writeAndFlush(context.alloc().buffer().writeBytes(OfferedProtocols.alert()));
                return context.executor()
                        .newFailedFuture(
                                new SSLHandshakeException("the client offers no protocol that is spoken here"));
            }
            return super.lookup(context, clientHello);
        }

        @Override
        protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            return handler(context, allocator);
        }
    }

    /** Returns the certificate for a name, which a client need not send: one that is for just that before one for many. */
    private ServedCertificate named(@Nullable String name) {
        if (name == null) {
            return first;
        }
        // A dot at the end makes a name absolute, but no other name; it does not belong here (RFC 6066 section 3).
        String lower = (name.endsWith(".") ? name.substring(0, name.length() - 1) : name).toLowerCase(Locale.ROOT);
        String wildcard = "*" + lower.substring(Math.max(0, lower.indexOf('.')));
        return Stream.concat(
                        all().filter(certificate -> certificate.names().contains(lower)),
                        all().filter(certificate -> certificate.names().contains(wildcard)))
                .findFirst()
                .orElse(first);
    }

    private Stream<ServedCertificate> all() {
        return Stream.concat(Stream.of(first), others.stream());
    }

    /**
     * Reads what is stapled again where it has changed. Blocks while it reads.
     *
     * @param atOnce whether that does not wait until the change has settled
     */
    public void reloadStaples(boolean atOnce) {
        all().forEach(certificate -> certificate.reloadStaple(atOnce));
    }

    /** The certificates served now. */
    public List<CertificateStatus> certificates() {
        return all().map(certificate -> new CertificateStatus(certificate.names(), certificate.expiry()))
                .toList();
    }

    /** Warns of certificates that expire soon, or have, or that are not valid yet. */
    public void warnOfExpiry(Instant now) {
        all().filter(certificate -> certificate.start().isAfter(now))
                .forEach(certificate -> log.warn(
                        "the certificate for {} is not valid before {}", certificate.names(), certificate.start()));
        for (CertificateStatus certificate : certificates()) {
            if (certificate.expiry().isBefore(now)) {
                log.warn("the certificate for {} has expired at {}", certificate.names(), certificate.expiry());
            } else if (certificate.expiry().isBefore(now.plus(WARNED_BEFORE))) {
                log.warn("the certificate for {} expires at {}", certificate.names(), certificate.expiry());
            }
        }
    }

    /**
     * A certificate that clients are served.
     *
     * @param names the DNS names that it is for
     * @param expiry when it expires
     */
    public record CertificateStatus(List<String> names, Instant expiry) {

        public CertificateStatus {
            names = List.copyOf(names);
        }
    }
}
