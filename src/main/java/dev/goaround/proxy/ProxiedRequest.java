package dev.goaround.proxy;

import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import dev.goaround.listen.InboundRequest;
import dev.goaround.listen.OutboundResponse;
import dev.goaround.pool.Backend;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's request on its way to backends: ready to be sent, to one after the other if need be. */
final class ProxiedRequest {

    private final InboundRequest inbound;
    private final OutboundResponse outbound;
    private final String target;
    private final boolean clientsHost;
    private final List<Backend> tried = new ArrayList<>(2);

    /**
     * @param target the request target in origin form, or an asterisk
     * @param preserveHost whether backends see the client's Host
     */
    ProxiedRequest(InboundRequest inbound, OutboundResponse outbound, String target, boolean preserveHost) {
        this.inbound = inbound;
        this.outbound = outbound;
        this.target = target;
        this.clientsHost = preserveHost && inbound.head().headers().contains(FieldNames.HOST);
    }

    /** Returns the head of an attempt on the backend. */
    HttpRequest headFor(Backend backend) {
        HttpMethod method = inbound.head().method();
        HttpHeaders headers = inbound.head().headers();
        if (!clientsHost) {
            headers.set(FieldNames.HOST, backend.spec().uri().getRawAuthority());
        }
        String uri = backend.basePath().isEmpty() || "*".equals(target) ? target : backend.basePath() + target;
        return inbound.body() == null
                ? new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1, method, uri, Unpooled.EMPTY_BUFFER, headers, EmptyHttpHeaders.INSTANCE)
                : new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, uri, headers);
    }

    @Nullable
    InboundBody body() {
        return inbound.body();
    }

    @Nullable
    InboundBody tunnel() {
        return inbound.tunnel();
    }

    String method() {
        return inbound.head().method().name();
    }

    EventLoop loop() {
        return inbound.loop();
    }

    OutboundResponse response() {
        return outbound;
    }

    /** Backends that have been tried; grows with each attempt that fails. */
    List<Backend> tried() {
        return tried;
    }
}
