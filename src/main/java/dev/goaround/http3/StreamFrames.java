package dev.goaround.http3;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.util.ReferenceCountUtil;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stream on which a client sends a request, in frames of HTTP/2: sections and data are the same in HTTP/3 (RFC 9114 section 4), but
 * the end of either direction is the stream's own there and not a frame's.
 */
public final class StreamFrames extends ChannelDuplexHandler {

    /** A section that may turn out to be the last of its stream. */
    private @Nullable Http2Headers held;

    private boolean headRead;
    private boolean ended;
    private boolean reset;
    private long taken;
    private @Nullable ChannelHandlerContext context;

    /** Whether the client has ended the request, and that has been read. */
    public boolean ended() {
        return ended;
    }

    /** Bytes of data that the client has let us send, counted by whole frames. */
    public long taken() {
        return taken;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    /** Ends the request if its client wants no more of the response, which the transport need not tell by itself. */
    public void endIfStopped() {
        ChannelHandlerContext here = context;
        if (here != null && StoppedStreamCheck.stopped((QuicStreamChannel) here.channel())) {
            wasReset(here);
        }
    }

    // What is received

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Http3HeadersFrame frame) {
            handOn(context, false);
            hold(context, sectionOf(frame.headers()));
        } else if (message instanceof Http3DataFrame data && data.content().isReadable()) {
            handOn(context, false);
            context.fireChannelRead(new DefaultHttp2DataFrame(data.content(), false));
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private static Http2Headers sectionOf(Http3Headers fields) {
        Http2Headers section = new DefaultHttp2Headers(false);
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            section.add(field.getKey(), field.getValue());
        }
        return section;
    }

    /** The end of a stream may be in the same packet as its last section, or in the next. */
    private void hold(ChannelHandlerContext context, Http2Headers section) {
        held = section;
        if (!headRead && mayHaveBody(section)) {
            // The client may want an answer before it sends more.
            context.executor().execute(() -> {
                if (held == section && handOn(context, false)) {
                    context.fireChannelReadComplete();
                }
            });
        }
    }

    /** Without this most requests would seem to have a body, if but for a moment. */
    private static boolean mayHaveBody(Http2Headers head) {
        CharSequence method = head.method();
        boolean usuallyNone = method == null
                || HttpMethod.GET.asciiName().contentEquals(method)
                || HttpMethod.HEAD.asciiName().contentEquals(method);
        return !usuallyNone || head.contains(HttpHeaderNames.CONTENT_LENGTH);
    }

    private boolean handOn(ChannelHandlerContext context, boolean end) {
        Http2Headers section = held;
        if (section == null) {
            return false;
        }
        held = null;
        headRead = true;
        context.fireChannelRead(new DefaultHttp2HeadersFrame(section, end));
        return true;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            end(context);
        }
        context.fireUserEventTriggered(event);
    }

    private void end(ChannelHandlerContext context) {
        ended = true;
        if (reset) {
            return;
        }
        if (!handOn(context, true)) {
            if (!headRead) {
                shutdown(context, Http3ErrorCode.H3_REQUEST_INCOMPLETE);
                context.close();
                return;
            }
            context.fireChannelRead(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof QuicStreamResetException) {
            wasReset(context);
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    private void wasReset(ChannelHandlerContext context) {
        if (!reset) {
            reset = true;
            held = null;
            context.fireUserEventTriggered(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
        }
    }

    // What is sent

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof Http2HeadersFrame frame) {
            send(context, new DefaultHttp3HeadersFrame(fieldsOf(frame.headers())), 0, frame.isEndStream(), promise);
        } else if (message instanceof Http2DataFrame frame) {
            int bytes = frame.content().readableBytes();
            send(context, new DefaultHttp3DataFrame(frame.content()), bytes, frame.isEndStream(), promise);
        } else if (message instanceof Http2ResetFrame frame) {
            shutdown(context, code(frame.errorCode()));
            promise.trySuccess();
        } else {
            context.write(message, promise);
        }
    }

    private static Http3Headers fieldsOf(Http2Headers section) {
        Http3Headers fields = new DefaultHttp3Headers(false);
        for (Map.Entry<CharSequence, CharSequence> field : section) {
            fields.add(field.getKey(), field.getValue());
        }
        return fields;
    }

    /** The end must wait until the frame is written: it would come before what the stream has no room for yet. */
    private void send(ChannelHandlerContext context, Object frame, int data, boolean end, ChannelPromise promise) {
        context.write(frame, context.newPromise()).addListener(written -> {
            if (written.isSuccess()) {
                taken += data;
            }
            if (written.isSuccess() && end) {
                ((QuicStreamChannel) context.channel()).shutdownOutput(promise);
            } else if (written.isSuccess()) {
                promise.trySuccess();
            } else {
                notTaken(context, written.cause());
                promise.tryFailure(written.cause());
            }
        });
    }

    /** A client that wants no answer says so by STOP_SENDING, of which a write is told. */
    private void notTaken(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof ChannelOutputShutdownException) {
            context.executor().execute(() -> wasReset(context));
        }
    }

    private static void shutdown(ChannelHandlerContext context, Http3ErrorCode code) {
        QuicStreamChannel stream = (QuicStreamChannel) context.channel();
        if (code == Http3ErrorCode.H3_NO_ERROR) {
            // The answer is whole, and the rest of the request is not wanted (RFC 9114 section 4.1).
            stream.shutdownInput(code.code());
        } else {
            stream.shutdown(code.code());
        }
    }

    /** What comes closest (RFC 9114 section 8.1). */
    private static Http3ErrorCode code(long error) {
        Http2Error named = Http2Error.valueOf(error);
        return switch (named == null ? Http2Error.INTERNAL_ERROR : named) {
            case NO_ERROR -> Http3ErrorCode.H3_NO_ERROR;
            case CANCEL -> Http3ErrorCode.H3_REQUEST_CANCELLED;
            case INTERNAL_ERROR -> Http3ErrorCode.H3_INTERNAL_ERROR;
            case CONNECT_ERROR -> Http3ErrorCode.H3_CONNECT_ERROR;
            case ENHANCE_YOUR_CALM -> Http3ErrorCode.H3_EXCESSIVE_LOAD;
            case HTTP_1_1_REQUIRED -> Http3ErrorCode.H3_VERSION_FALLBACK;
            default -> Http3ErrorCode.H3_MESSAGE_ERROR;
        };
    }
}
