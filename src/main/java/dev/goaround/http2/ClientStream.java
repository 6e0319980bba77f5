package dev.goaround.http2;

import dev.goaround.http.ClientCodec;
import dev.goaround.http.FieldNames;
import dev.goaround.http.MalformedMessageException;
import dev.goaround.http.MessageLimits;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.AsciiString;
import java.util.Set;

/** A stream on which a request is sent to a backend. */
public final class ClientStream extends StreamCodec implements ClientCodec {

    private static final Set<AsciiString> HOST = Set.of(HttpHeaderNames.HOST);

    private final String scheme;
    private boolean answersHead;
    private boolean refused;

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
    public boolean unfinished() {
        return false;
    }

    @Override
    public void answersHead(boolean head) {
        answersHead = head;
    }

    @Override
    public void answersUpgrade(boolean upgrade) {
        // There is no 101 in HTTP/2, so that one is malformed either way.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean reset = event instanceof Http2ResetFrame frame && frame.errorCode() == Http2Error.REFUSED_STREAM.code();
        // It goes to the streams that the backend will not look at (RFC 9113 section 6.8).
        refused |= reset || event instanceof Http2GoAwayFrame;
        context.fireUserEventTriggered(event);
    }

    @Override
    HttpMessage read(FieldReader section, boolean end) {
        String status = section.take(":status");
        if (status == null || status.length() != 3 || !status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw FieldReader.malformed("the status is malformed");
        }
        int code = Integer.parseInt(status);
        if (code < 100 || code > 599 || code == 101) {
            throw FieldReader.malformed("the status is out of range");
        }
        DefaultHttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code), section.fields());
        return response;
    }

    @Override
    void malformed(ChannelHandlerContext context, MalformedMessageException fault, boolean begun) {
        context.fireChannelRead(fault.found());
    }

    @Override
    void afterEnd(ChannelHandlerContext context) {
        context.close();
    }

    @Override
    boolean interim(HttpMessage received) {
        return ((HttpResponse) received).status().code() < 200;
    }

    @Override
    boolean receivedBodiless(HttpMessage received) {
        int status = ((HttpResponse) received).status().code();
        return answersHead || status == 204 || status == 304;
    }

    @Override
    Http2Headers write(HttpMessage message) {
        HttpRequest request = (HttpRequest) message;
        Http2Headers section = FieldWriter.section()
                .method(request.method().asciiName())
                .scheme(scheme)
                .path(request.uri());
        String host = request.headers().get(FieldNames.HOST);
        if (host != null) {
            section.authority(host);
        }
        return FieldWriter.add(section, request.headers(), HOST);
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
