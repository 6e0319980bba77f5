package dev.goaround.http2;

import dev.goaround.http.LastPiece;
import dev.goaround.http.MalformedMessageException;
import dev.goaround.http.MessageLimits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelOption;
import io.netty.util.ReferenceCountUtil;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One stream of HTTP/2, which carries one exchange, as the messages that a connection of HTTP/1.1 would carry: each section and
 * piece of data is translated on its own, so that bodies pass as they come (RFC 9113 section 8.1).
 *
 * <p>What is malformed is reported once, and what follows is dropped.
 *
 * <p>Frames never wait for a stream that is not being read, since nothing bounds how many of them its window lets through: they are
 * handed on as they come, to be held as bytes, and a stream that is not being read is a window that is not given back. Likewise
 * small pieces of data that the peer does not take are sent as one frame.
 */
abstract class StreamCodec extends ChannelDuplexHandler {

    private static final long UNSAID = -1;

    private final MessageLimits limits;
    private boolean headReceived;
    private boolean receivedEnd;
    private boolean dropping;
    private long left = UNSAID;
    private @Nullable Http2Headers head;
    private boolean bodiless;
    private boolean sentHead;
    private boolean sentEnd;
    /** Whether the peer's window is given back by this handler, and how much of it has not been. */
    private boolean givesWindowBack;

    private int taken;
    private @Nullable WindowGrowth growth;
    private @Nullable Http2FrameStream stream;
    private final SmallPieces small = new SmallPieces();

    StreamCodec(MessageLimits limits) {
        this.limits = limits;
    }

    /** Whether the peer has ended its direction. */
    final boolean receivedEnd() {
        return receivedEnd;
    }

    final boolean sentHead() {
        return sentHead;
    }

    /** Whether our direction has been ended. */
    final boolean sentEnd() {
        return sentEnd;
    }

    /** Drops what is still to come. */
    public final void dropRest() {
        dropping = true;
    }

    /** Something follows what said that it was the end. */
    abstract void afterEnd(ChannelHandlerContext context);

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (context.channel() instanceof Http2StreamChannel channel) {
            givesWindowBack = channel.config().setOption(Http2StreamChannelOption.AUTO_STREAM_FLOW_CONTROL, false);
            growth = channel.parent().pipeline().get(WindowGrowth.class);
            stream = channel.stream();
        }
    }

    /** By how many bytes the window has grown in which the peer sends. */
    public final int windowGrowth() {
        return growth == null || stream == null ? 0 : growth.grown(stream);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        small.release();
    }

    // What is received

    /** Gives the window back for what has come: the stream is to be read on. */
    @Override
    public void read(ChannelHandlerContext context) {
        if (taken > 0) {
            if (growth != null && stream != null) {
                growth.taken(stream, taken);
            }
            context.write(new DefaultHttp2WindowUpdateFrame(taken));
            taken = 0;
            context.flush();
        }
        context.read();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.fireChannelReadComplete();
        if (givesWindowBack && !context.channel().config().isAutoRead()) {
            context.read();
        }
    }

    /** Returns a head that was received. */
    abstract HttpMessage read(FieldReader section, boolean end);

    /** Whether another head follows this one. */
    abstract boolean interim(HttpMessage received);

    /** Whether a message has no body, whatever its head announces. */
    abstract boolean receivedBodiless(HttpMessage received);

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        boolean content = message instanceof Http2HeadersFrame || message instanceof Http2DataFrame;
        if (givesWindowBack && message instanceof Http2DataFrame data) {
            taken += data.initialFlowControlledBytes();
        }
        if (dropping || receivedEnd || !content) {
            ReferenceCountUtil.release(message);
            if (content && receivedEnd && !dropping) {
                dropRest();
                afterEnd(context);
            }
            return;
        }
        try {
            if (message instanceof Http2HeadersFrame section) {
                section(context, section);
            } else if (message instanceof Http2DataFrame data) {
                data(context, data);
            }
        } catch (MalformedMessageException e) {
            dropRest();
            malformed(context, e, headReceived);
        }
    }

    /**
     * What was received is malformed.
     *
     * @param begun whether a head has been handed on that was not
     */
    abstract void malformed(ChannelHandlerContext context, MalformedMessageException fault, boolean begun);

    private void section(ChannelHandlerContext context, Http2HeadersFrame frame) {
        FieldReader section = FieldReader.of(frame.headers(), limits);
        if (headReceived) {
            trailers(context, section, frame.isEndStream());
            return;
        }
        HttpMessage received = read(section, frame.isEndStream());
        section.noneLeft();
        if (interim(received)) {
            if (frame.isEndStream()) {
                throw FieldReader.malformed("an interim answer is the last");
            }
            context.fireChannelRead(received);
            return;
        }
        long length = section.contentLength();
        left = receivedBodiless(received) ? 0 : length;
        if (frame.isEndStream() && left > 0) {
            throw tooShort();
        }
        headReceived = true;
        receivedEnd = frame.isEndStream();
        context.fireChannelRead(received);
        if (frame.isEndStream()) {
            context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    private void trailers(ChannelHandlerContext context, FieldReader section, boolean end) {
        section.noneLeft();
        if (!end) {
            throw FieldReader.malformed("more follows the trailers");
        }
        if (left > 0) {
            throw tooShort();
        }
        receivedEnd = true;
        DefaultLastHttpContent last = new DefaultLastHttpContent();
        last.trailingHeaders().add(section.fields());
        context.fireChannelRead(last);
    }

    private void data(ChannelHandlerContext context, Http2DataFrame frame) {
        ByteBuf content = frame.content();
        boolean end = frame.isEndStream();
        if (!headReceived || wrongLength(content.readableBytes(), end)) {
            content.release();
            throw headReceived
                    ? FieldReader.malformed("the body is not as long as content-length says")
                    : FieldReader.malformed("data comes before the head");
        }
        receivedEnd = end;
        if (end) {
            context.fireChannelRead(new LastPiece(content));
        } else if (content.isReadable()) {
            context.fireChannelRead(new DefaultHttpContent(content));
        } else {
            content.release();
        }
    }

    private boolean wrongLength(int count, boolean end) {
        if (left == UNSAID) {
            return false;
        }
        left -= count;
        return left < 0 || (end && left > 0);
    }

    private static MalformedMessageException tooShort() {
        return FieldReader.malformed("the body is not as long as content-length says");
    }

    // What is sent

    /** Returns a head to be sent. */
    abstract Http2Headers write(HttpMessage message);

    /** Whether what follows the message is no body of its own, but another protocol. */
    boolean opensTunnel(HttpMessage message) {
        return false;
    }

    /** Whether another head follows this one. */
    abstract boolean interimToSend(HttpMessage message);

    /** Whether the message that is sent has no body, whatever its head announces. */
    abstract boolean bodilessToSend(HttpMessage message);

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (sentEnd || !(message instanceof HttpMessage || message instanceof HttpContent)) {
            ReferenceCountUtil.release(message);
            promise.trySuccess();
            return;
        }
        if (message instanceof HttpMessage toSend && interimToSend(toSend)) {
            context.write(new DefaultHttp2HeadersFrame(write(toSend)), promise.unvoid());
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpMessage toSend) {
            head = write(toSend);
            bodiless = bodilessToSend(toSend);
        }
        if (message instanceof HttpMessage toSend && opensTunnel(toSend)) {
            // Whatever ends the message in HTTP/1.1 does not end this direction.
            ReferenceCountUtil.release(message);
            head(context, false, promise.unvoid());
            return;
        }
        if (message instanceof HttpContent content) {
            content(context, content, promise);
        } else if (!promise.isVoid()) {
            // Somebody wants to know when it is written.
            head(context, false, promise);
        }
    }

    /** A head does not wait for a body that takes its time. */
    @Override
    public void flush(ChannelHandlerContext context) {
        head(context, false, context.newPromise());
        small.flush(context);
        context.flush();
    }

    private void content(ChannelHandlerContext context, HttpContent content, ChannelPromise promise) {
        boolean last = content instanceof LastHttpContent;
        boolean trailers = content instanceof LastHttpContent end
                && !bodiless
                && !end.trailingHeaders().isEmpty();
        boolean data = content.content().isReadable() && !bodiless;
        if (head != null) {
            boolean all = last && !trailers && !data;
            head(context, all, all ? promise.unvoid() : context.newPromise());
            if (all) {
                content.release();
                return;
            }
        }
        if (trailers) {
            trailers(context, (LastHttpContent) content, data, promise.unvoid());
        } else if (last) {
            sentEnd = true;
            small.end(context, data ? content.content() : withoutContent(content), promise.unvoid());
        } else if (data) {
            small.write(context, content.content(), promise);
        } else {
            content.release();
            promise.trySuccess();
        }
    }

    private static ByteBuf withoutContent(HttpContent content) {
        ByteBuf none = content.content().readSlice(0).retain();
        content.release();
        return none;
    }

    private void trailers(ChannelHandlerContext context, LastHttpContent last, boolean data, ChannelPromise promise) {
        Http2Headers section = FieldWriter.add(FieldWriter.section(), last.trailingHeaders(), Set.of());
        if (data) {
            small.write(context, last.content(), context.newPromise());
        } else {
            last.release();
            small.writeJoined(context);
        }
        sentEnd = true;
        context.write(new DefaultHttp2HeadersFrame(section, true), promise);
    }

    private void head(ChannelHandlerContext context, boolean end, ChannelPromise promise) {
        Http2Headers section = head;
        if (section != null) {
            head = null;
            sentHead = true;
            sentEnd = end;
            context.write(new DefaultHttp2HeadersFrame(section, end), promise);
        }
    }
}
