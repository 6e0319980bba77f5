package dev.goaround.http2;

import dev.goaround.http.ClientCodec;
import dev.goaround.http.FieldNames;
import dev.goaround.http.MalformedMessageException;
import dev.goaround.http.MessageLimits;
import dev.goaround.http.Upgrade;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stream on which a request is sent to a backend. A request of HTTP/1.1 to switch protocols becomes an extended CONNECT (RFC 8441),
 * and the 2xx to that a 101.
 */
public final class ClientStream extends StreamCodec implements ClientCodec {

    private static final Set<AsciiString> HOST = Set.of(HttpHeaderNames.HOST);
    private static final AsciiString WEBSOCKET_KEY = AsciiString.cached("sec-websocket-key");
    private static final Set<AsciiString> HANDSHAKE = Set.of(HttpHeaderNames.HOST, WEBSOCKET_KEY);

    /** Joined to the client's key, it shows that the answer is to that key (RFC 6455 section 1.3). */
    private static final String WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final String scheme;
    private boolean answersHead;
    private boolean refused;
    private long streamError = -1;
    private @Nullable HttpRequest tunnel;

    /** @param scheme {@code http} or {@code https} */
    public ClientStream(MessageLimits limits, String scheme) {
        super(limits);
        this.scheme = scheme;
    }

    @Override
    public boolean multiplexed() {
        return true;
    }

    @Override
    public boolean refused() {
        return refused;
    }

    @Override
    public long streamError() {
        return streamError;
    }

    @Override
    public boolean unfinished() {
        return false;
    }

    @Override
    public void answersHead(boolean head) {
        answersHead = head;
    }

    @Override
    public void answersUpgrade(boolean upgrade) {
        // The request itself says so.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean reset = event instanceof Http2ResetFrame frame && frame.errorCode() == Http2Error.REFUSED_STREAM.code();
        // It goes to the streams that the backend will not look at (RFC 9113 section 6.8).
        refused |= reset || event instanceof Http2GoAwayFrame;
        if (event instanceof Http2ResetFrame frame) {
            streamError = frame.errorCode();
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    HttpMessage read(FieldReader section, boolean end) {
        String status = section.take(":status");
        if (status == null || status.length() != 3 || !status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw FieldReader.malformed("the status is malformed");
        }
        int code = Integer.parseInt(status);
        if (code < 100 || code == 101) {
            throw FieldReader.malformed("the status is out of range");
        }
        HttpRequest asked = tunnel;
        if (asked != null && code >= 200 && code < 300) {
            return switched(asked, section.fields());
        }
        return new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code), section.fields());
    }

    @Override
    void malformed(ChannelHandlerContext context, MalformedMessageException fault, boolean begun) {
        context.fireChannelRead(fault.found());
    }

    @Override
    void afterEnd(ChannelHandlerContext context) {
        context.close();
    }

    /** What the client of HTTP/1.1 is told. */
    private static HttpMessage switched(HttpRequest asked, HttpHeaders fields) {
        Upgrade.dropFraming(fields);
        fields.set(FieldNames.CONNECTION, "Upgrade")
                .set(FieldNames.UPGRADE, asked.headers().get(FieldNames.UPGRADE));
        String key = asked.headers().get(WEBSOCKET_KEY);
        if (key != null) {
            fields.set("Sec-WebSocket-Accept", accept(key));
        }
        return new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, fields);
    }

    private static String accept(String key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(digest.digest((key + WEBSOCKET_GUID).getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    @Override
    boolean interim(HttpMessage received) {
        HttpResponse response = (HttpResponse) received;
        return response.status().codeClass() == HttpStatusClass.INFORMATIONAL && !Upgrade.switches(response);
    }

    @Override
    boolean receivedBodiless(HttpMessage received) {
        int status = ((HttpResponse) received).status().code();
        return answersHead || status == 204 || status == 304;
    }

    @Override
    Http2Headers write(HttpMessage message) {
        HttpRequest request = (HttpRequest) message;
        String protocol = Upgrade.of(request);
        tunnel = protocol == null ? null : request;
        Http2Headers section = FieldWriter.section()
                .method(protocol == null ? request.method().asciiName() : HttpMethod.CONNECT.asciiName())
                .scheme(scheme)
                .path(request.uri());
        if (protocol != null) {
            section.add(Http2Headers.PseudoHeaderName.PROTOCOL.value(), protocol);
        }
        String host = request.headers().get(FieldNames.HOST);
        if (host != null) {
            section.authority(host);
        }
        return FieldWriter.add(section, request.headers(), protocol == null ? HOST : HANDSHAKE);
    }

    @Override
    boolean opensTunnel(HttpMessage message) {
        return tunnel != null;
    }

    @Override
    boolean interimToSend(HttpMessage message) {
        return false;
    }

    @Override
    boolean bodilessToSend(HttpMessage message) {
        return false;
    }
}
