package dev.goaround.http2;

import dev.goaround.http.Authority;
import dev.goaround.http.FieldNames;
import dev.goaround.http.MalformedMessageException;
import dev.goaround.http.MessageLimits;
import dev.goaround.http.Octets;
import dev.goaround.http.ServerCodec;
import dev.goaround.http.Upgrade;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stream on which a client sends a request. An extended CONNECT (RFC 8441) becomes the request of HTTP/1.1 to switch to the same
 * protocol, and the 101 to that becomes a 200.
 */
public final class ServerStream extends StreamCodec implements ServerCodec {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final AsciiString WEBSOCKET_KEY = AsciiString.cached("sec-websocket-key");
    private static final Set<AsciiString> HANDSHAKE = Set.of(AsciiString.cached("sec-websocket-accept"));

    /** Methods for which content has no meaning (RFC 9110 section 9.3). */
    private static final Set<HttpMethod> WITHOUT_CONTENT = Set.of(
            HttpMethod.GET,
            HttpMethod.HEAD,
            HttpMethod.DELETE,
            HttpMethod.OPTIONS,
            HttpMethod.TRACE,
            HttpMethod.CONNECT);

    private static final Set<Http2Error> PASSED_ON = EnumSet.of(
            Http2Error.PROTOCOL_ERROR,
            Http2Error.CANCEL,
            Http2Error.CONNECT_ERROR,
            Http2Error.ENHANCE_YOUR_CALM,
            Http2Error.HTTP_1_1_REQUIRED);

    private final String version;
    private final Runnable whenCutEarly;
    private boolean cutEarly;
    private boolean answersHead;
    private boolean tunnel;
    private Http2Error brokenOffWith = Http2Error.INTERNAL_ERROR;

    public ServerStream(MessageLimits limits) {
        this(limits, "2.0", () -> {});
    }

    /**
     * @param version the version of HTTP spoken on the connection, whose streams are the same but for that
     * @param whenCutEarly called once if the client resets the stream before its response begins, or does something for which it must be reset
     */
    public ServerStream(MessageLimits limits, String version, Runnable whenCutEarly) {
        super(limits);
        this.version = version;
        this.whenCutEarly = whenCutEarly;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public boolean multiplexed() {
        return true;
    }

    @Override
    public boolean unfinished() {
        return false;
    }

    @Override
    public boolean held() {
        return tunnel;
    }

    @Override
    public void switchProtocols() {
        // What the client sends is read as a body from the start.
    }

    @Override
    public void stayWithHttp() {
        dropRest();
    }

    @Override
    public void next() {
        // There is one request only.
    }

    @Override
    public boolean ahead() {
        return false;
    }

    @Override
    public boolean readsOn() {
        return false;
    }

    @Override
    public void answersHead(boolean head) {
        answersHead = head;
    }

    @Override
    HttpMessage read(FieldReader section, boolean end) {
        String method = section.take(":method");
        String scheme = section.take(":scheme");
        String path = section.take(":path");
        String authority = section.take(":authority");
        String protocol = section.take(":protocol");
        if (method == null || !token(method) || (protocol != null && !token(protocol))) {
            throw FieldReader.malformed("the method is malformed");
        }
        HttpMethod asked = HttpMethod.valueOf(method);
        boolean connect = HttpMethod.CONNECT.equals(asked);
        if (protocol != null && !connect) {
            throw FieldReader.malformed(":protocol is for CONNECT only");
        }
        if (connect && protocol == null) {
            path = authority;
        } else if (scheme == null || !scheme(scheme)) {
            throw FieldReader.malformed("the scheme is malformed");
        }
        if (path == null || !target(path, connect)) {
            throw FieldReader.malformed("the path is malformed");
        }
        HttpHeaders fields = section.fields();
        DefaultHttpRequest request = new DefaultHttpRequest(
                HttpVersion.HTTP_1_1, protocol == null ? asked : HttpMethod.GET, path, fields, false);
        if (authority != null) {
            host(fields, authority, scheme);
        }
        if (protocol != null) {
            tunnel = true;
            handshake(fields, protocol);
        } else if (!fields.contains(FieldNames.CONTENT_LENGTH)) {
            frame(fields, asked, end);
        }
        return request;
    }

    /**
     * The authority is the Host of HTTP/1.1, in place of one that was sent. Where both are sent they must agree, once they are normalized
     * (RFC 9113 section 8.3.1).
     */
    private static void host(HttpHeaders fields, String authority, @Nullable String scheme) {
        for (String host : fields.getAll(FieldNames.HOST)) {
            if (!Authority.same(host, authority, scheme == null ? "" : scheme)) {
                throw FieldReader.malformed("host is not the authority");
            }
        }
        if (fields.getAll(FieldNames.HOST).size() > 1) {
            throw FieldReader.malformed("host is repeated");
        }
        fields.set(FieldNames.HOST, authority);
    }

    /**
     * Says in the fields of HTTP/1.1 what the end of the stream says: whether a body follows. Where a method anticipates content, servers may
     * ask for a length (411) unless they are told that there is none (RFC 9110 section 8.6).
     */
    private static void frame(HttpHeaders fields, HttpMethod method, boolean end) {
        if (!end) {
            fields.set(FieldNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (!WITHOUT_CONTENT.contains(method)) {
            fields.set(FieldNames.CONTENT_LENGTH, HttpHeaderValues.ZERO);
        }
    }

    /** What HTTP/2 has no need of (RFC 8441 section 5). */
    private static void handshake(HttpHeaders fields, String protocol) {
        fields.set(FieldNames.CONNECTION, "Upgrade").set(FieldNames.UPGRADE, protocol);
        fields.remove(FieldNames.CONTENT_LENGTH);
        if ("websocket".equals(protocol) && !fields.contains(WEBSOCKET_KEY)) {
            byte[] key = new byte[16];
            RANDOM.nextBytes(key);
            fields.set("Sec-WebSocket-Key", Base64.getEncoder().encodeToString(key));
        }
    }

    private static boolean target(String path, boolean connect) {
        for (byte octet : path.getBytes(StandardCharsets.ISO_8859_1)) {
            // A fragment is the client's own affair (RFC 9113 section 8.3.1).
            if (!Octets.target(octet) || octet == '#') {
                return false;
            }
        }
        return connect ? !path.isEmpty() : path.startsWith("/") || path.equals("*");
    }

    private static boolean token(String text) {
        for (byte octet : text.getBytes(StandardCharsets.ISO_8859_1)) {
            if (!Octets.token(octet)) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static boolean scheme(String text) {
        return text.chars().allMatch(c -> c < 0x80 && (Character.isLetterOrDigit(c) || "+-.".indexOf(c) >= 0))
                && !text.isEmpty();
    }

    /** A malformed head is answered, as in HTTP/1.1; after that the stream is reset (RFC 9113 section 8.1.1). */
    @Override
    void malformed(ChannelHandlerContext context, MalformedMessageException fault, boolean begun) {
        if (begun) {
            reset(context, Http2Error.PROTOCOL_ERROR);
        } else {
            context.fireChannelRead(fault.found());
        }
    }

    @Override
    void afterEnd(ChannelHandlerContext context) {
        reset(context, Http2Error.STREAM_CLOSED);
    }

    /** Closes the stream even while its body is not being read, and so would not come to its end. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        context.fireUserEventTriggered(event);
        if (event instanceof Http2ResetFrame) {
            cut();
            context.close();
        }
    }

    /** What is wrong with a frame ends its stream, with the error that names it. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Http2Exception wrong) {
            reset(context, wrong.error());
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    private void cut() {
        if (!sentHead() && !cutEarly) {
            cutEarly = true;
            whenCutEarly.run();
        }
    }

    private void reset(ChannelHandlerContext context, Http2Error error) {
        cut();
        dropRest();
        context.writeAndFlush(new DefaultHttp2ResetFrame(error));
        context.close();
    }

    @Override
    boolean interim(HttpMessage received) {
        return false;
    }

    @Override
    boolean receivedBodiless(HttpMessage received) {
        return false;
    }

    @Override
    Http2Headers write(HttpMessage message) {
        HttpResponse response = (HttpResponse) message;
        int status = response.status().code();
        boolean switched = Upgrade.switches(response);
        HttpHeaders fields = response.headers();
        if (status == 204 || response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            fields.remove(HttpHeaderNames.CONTENT_LENGTH);
        } else if (status == 205) {
            fields.set(FieldNames.CONTENT_LENGTH, "0");
        }
        Http2Headers section = FieldWriter.section().status(switched ? "200" : Integer.toString(status));
        return FieldWriter.add(section, fields, switched ? HANDSHAKE : Set.of());
    }

    @Override
    boolean interimToSend(HttpMessage message) {
        HttpResponse response = (HttpResponse) message;
        return response.status().codeClass() == HttpStatusClass.INFORMATIONAL && !Upgrade.switches(response);
    }

    @Override
    boolean bodilessToSend(HttpMessage message) {
        int status = ((HttpResponse) message).status().code();
        return answersHead || status == 204 || status == 205 || status == 304;
    }

    /** Ends a stream in the middle such that the client knows which end is to blame, and what it has. */
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        Http2Error error = error();
        if (error != null && context.channel().isActive()) {
            dropRest();
            context.writeAndFlush(new DefaultHttp2ResetFrame(error));
        }
        context.close(promise);
    }

    /**
     * Passes on what is about the exchange. The others are about the connection to the backend, or would say what is not so: that the
     * response is whole (NO_ERROR), or that nothing was done (REFUSED_STREAM).
     */
    @Override
    public void brokenOffWith(long streamError) {
        Http2Error named = streamError < 0 ? null : Http2Error.valueOf(streamError);
        brokenOffWith = named != null && PASSED_ON.contains(named) ? named : Http2Error.INTERNAL_ERROR;
    }

    private @Nullable Http2Error error() {
        if (sentEnd()) {
            // The answer is whole, and the rest of the request is not wanted (RFC 9113 section 8.1).
            return receivedEnd() ? null : Http2Error.NO_ERROR;
        }
        return sentHead() ? brokenOffWith : Http2Error.CANCEL;
    }
}
