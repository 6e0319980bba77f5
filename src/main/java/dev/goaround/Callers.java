package dev.goaround;

import dev.goaround.admin.Caller;
import dev.goaround.http.ClaimFields;
import dev.goaround.http.FieldNames;
import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.TrustedProxies;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Who calls the management endpoints, on a port of their own or on the traffic port: by the connection and by the header fields as they
 * came, whatever Spring has been told to believe of them.
 */
final class Callers implements Function<ServerHttpRequest, Caller> {

    private static final Caller UNKNOWN = new Caller(null, true);

    private final Supplier<TrustedProxies> trusted;

    /** @param trusted gives the proxies in front whose word counts for limits */
    Callers(Supplier<TrustedProxies> trusted) {
        this.trusted = trusted;
    }

    @Override
    public Caller apply(ServerHttpRequest request) {
        if (request instanceof InboundRequest inbound) {
            return caller(inbound.client(), inbound.head());
        }
        try {
            Object sent = ServerHttpRequestDecorator.getNativeRequest(request);
            return sent instanceof HttpServerRequest http
                    ? caller(http.connectionRemoteAddress(), http.requestHeaders(), http.uri(), http.version())
                    : UNKNOWN;
        } catch (IllegalArgumentException notNative) {
            return UNKNOWN;
        }
    }

    private Caller caller(SocketAddress address, HttpRequest head) {
        return caller(address, head.headers(), head.uri(), head.protocolVersion());
    }

    private Caller caller(@Nullable SocketAddress address, HttpHeaders headers, String target, HttpVersion version) {
        boolean forwarded = headers.contains(FieldNames.VIA) || ClaimFields.WELL_KNOWN.anyIn(headers);
        InetAddress peer = address instanceof InetSocketAddress internet ? internet.getAddress() : null;
        InetAddress named = peer == null ? null : trusted.get().named(headers, peer);
        return new Caller(
                peer,
                named == null ? peer : named,
                forwarded,
                target,
                version.majorVersion() == 1 && version.minorVersion() == 0);
    }
}
