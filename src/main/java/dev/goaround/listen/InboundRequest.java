package dev.goaround.listen;

import dev.goaround.http.BodyFlux;
import dev.goaround.http.FieldNames;
import dev.goaround.http.InboundBody;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.RequestPath;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.support.Netty4HeadersAdapter;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Flux;

/**
 * A client's request: natively for the data path, and as Spring sees requests for everything else.
 *
 * <p>Spring's view is made when asked for, since forwarding never asks.
 */
public final class InboundRequest implements ServerHttpRequest {

    private static final String LITERAL = "-._~:/?@!$&'()*+,;=";
    private static final Pattern ESCAPE = Pattern.compile("%[0-9A-Fa-f]{2}");
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://[^/?#]*");
    private static final String UNNAMED = "localhost";

    private final Followed followed;
    private final Channel channel;
    private final String version;
    private final HttpRequest head;
    private final @Nullable InboundBody body;
    private final Peer peer;
    private @Nullable Map<String, Object> attributes;
    private @Nullable URI uri;
    private @Nullable RequestPath path;

    private final @Nullable InboundBody tunnel;

    InboundRequest(
            Followed followed,
            Channel channel,
            String version,
            HttpRequest head,
            @Nullable InboundBody body,
            @Nullable InboundBody tunnel,
            Peer peer) {
        this.followed = followed;
        this.channel = channel;
        this.version = version;
        this.head = head;
        this.body = body;
        this.tunnel = tunnel;
        this.peer = peer;
    }

    /** Request line and header fields as the client sent them. */
    public HttpRequest head() {
        return head;
    }

    /** Its identifier, by which logs speak of it. */
    public String requestId() {
        return followed.id();
    }

    /** Has its header say the identifier to backends, if it does so at all. */
    public void markHead() {
        followed.mark(head.headers());
    }

    /**
     * Returns what tells, to any thread, how far behind others this request comes when slots are given out: 0 unless its client stalls
     * requests, up to {@link StalledRequests#LAST}.
     */
    public IntSupplier precedence() {
        return followed.precedence();
    }

    /** Whether its response was cut since the client did not take it. */
    public boolean takenTooSlowly() {
        return followed.cut() == ServedRequest.Cut.CLIENT_TOO_SLOW;
    }

    /** The version of HTTP that the client spoke: 1.0, 1.1 or 2.0. */
    public String version() {
        return HttpVersion.HTTP_1_0.equals(head.protocolVersion()) ? "1.0" : version;
    }

    /** The body while it arrives, or null if the request has none. */
    public @Nullable InboundBody body() {
        return body;
    }

    /** What the client sends once protocols have been switched, or null if it does not ask for that. */
    public @Nullable InboundBody tunnel() {
        return tunnel;
    }

    /** The event loop of the client's connection. */
    public EventLoop loop() {
        return channel.eventLoop();
    }

    /** Whether the client's connection, or its stream, has ended. */
    public boolean abandoned() {
        return !channel.isActive();
    }

    /** The client's end of the connection. */
    public Peer peer() {
        return peer;
    }

    /** Where the client's connection comes from: as a load balancer in front has said, or as it is. */
    public InetSocketAddress client() {
        InetSocketAddress named = ProxyHeader.source(connection());
        return named == null ? getRemoteAddress() : named;
    }

    /** Where the client's connection arrived, likewise, or null if it is none of the internet's protocols. */
    public @Nullable InetSocketAddress reached() {
        InetSocketAddress named = ProxyHeader.destination(connection());
        return named == null ? getLocalAddress() : named;
    }

    /** The connection that the request came on, perhaps on a stream of it. */
    private Channel connection() {
        return Peer.connection(channel);
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return (InetSocketAddress) Objects.requireNonNull(Peer.remote(channel));
    }

    @Override
    public @Nullable InetSocketAddress getLocalAddress() {
        SocketAddress address = Peer.local(channel);
        return address instanceof InetSocketAddress internet ? internet : null;
    }

    @Override
    public String getId() {
        return requestId();
    }

    @Override
    public HttpMethod getMethod() {
        return HttpMethod.valueOf(head.method().name());
    }

    /**
     * The URL of the request, with everything encoded that a {@link URI} does not take as it is. A target in absolute form counts by its
     * path (RFC 9112 section 3.2.2). A host that is none is left out: what decides by it reads the header field.
     */
    @Override
    public URI getURI() {
        if (uri == null) {
            String scheme = peer.https() ? "https://" : "http://";
            String target = encoded(path(head.uri()));
            try {
                uri = new URI(scheme + head.headers().get(FieldNames.HOST, UNNAMED) + target);
            } catch (URISyntaxException invalidHost) {
                uri = URI.create(scheme + UNNAMED + target);
            }
        }
        return uri;
    }

    /** The path and the query of a target. */
    private static String path(String target) {
        Matcher absolute = ABSOLUTE.matcher(target);
        String path = absolute.lookingAt() ? target.substring(absolute.end()) : target;
        return path.startsWith("/") ? path : "/" + path;
    }

    private static String encoded(String target) {
        StringBuilder encoded = new StringBuilder();
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            boolean escape = c == '%'
                    && ESCAPE.matcher(target).region(i, target.length()).lookingAt();
            if (escape || (c < 0x80 && (Character.isLetterOrDigit(c) || LITERAL.indexOf(c) >= 0))) {
                encoded.append(c);
            } else {
                encoded.append(String.format("%%%02X", c & 0xff));
            }
        }
        return encoded.toString();
    }

    @Override
    public RequestPath getPath() {
        if (path == null) {
            path = RequestPath.parse(getURI(), null);
        }
        return path;
    }

    @Override
    public MultiValueMap<String, String> getQueryParams() {
        return UriComponentsBuilder.fromUri(getURI()).build().getQueryParams();
    }

    @Override
    public MultiValueMap<String, HttpCookie> getCookies() {
        return new LinkedMultiValueMap<>();
    }

    @Override
    public Map<String, Object> getAttributes() {
        if (attributes == null) {
            attributes = new HashMap<>();
        }
        return attributes;
    }

    @Override
    public HttpHeaders getHeaders() {
        return new HttpHeaders(new Netty4HeadersAdapter(head.headers()));
    }

    @Override
    public Flux<DataBuffer> getBody() {
        NettyDataBufferFactory factory = new NettyDataBufferFactory(channel.alloc());
        return body == null
                ? Flux.empty()
                : BodyFlux.of(body, channel.eventLoop()).map(factory::wrap);
    }
}
