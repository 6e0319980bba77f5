package dev.goaround.http;

import dev.goaround.http.MalformedMessage.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages in HTTP/1.1 and HTTP/1.0 (RFC 9112), strictly: what could be read in two ways is refused, and what is read
 * keeps every byte of targets, names, values and reason phrases.
 *
 * <p>A head becomes an {@code HttpRequest} or {@code HttpResponse} whose body follows in pieces, the last of them a
 * {@link LastHttpContent}; interim responses (1xx) have none. What is wrong becomes one {@link MalformedMessage}, and the
 * rest of the connection is dropped.
 *
 * <p>After each message it waits until it is told to go on, by {@link #next} or {@link #answersHead}: as objects, requests that
 * came before their turn would take fifty times as much memory as their bytes do.
 */
public final class MessageDecoder extends ByteToMessageDecoder implements ClientCodec {

    private static final DefaultHttpHeadersFactory UNCHECKED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);
    private static final DefaultHttpHeadersFactory UNCHECKED_TRAILERS =
            DefaultHttpHeadersFactory.trailersFactory().withValidation(false);

    /** Pieces of a body are as large as one read can be, so that large bodies pass in few steps. */
    private static final int MOST_PIECE = 256 * 1024;

    private static final short CRLF = 0x0d0a;

    private enum State {
        HEAD,
        /** A body, or a chunk, of known length. */
        CONTENT,
        CHUNK_SIZE,
        CHUNK_END,
        TRAILERS,
        /** A body, or another protocol, that ends with the connection. */
        UNTIL_CLOSE,
        /** A request to switch protocols was read, body included, so that what follows is HTTP or not, depending on the answer. */
        HELD,
        /** A message was read to its end, and the next one is not wanted yet: it stays what it is, bytes. */
        BETWEEN,
        /** Nothing more can be understood. */
        BROKEN
    }

    private final boolean requests;
    private final boolean lenient;
    private final MessageLimits limits;
    private final ChunkSize chunkSize;
    private State state = State.HEAD;
    private boolean chunked;
    private boolean answersHead;
    private boolean answersUpgrade;
    /** Whether the request that is being read asks to switch protocols after its end. */
    private boolean asksUpgrade;

    private boolean endedByClose;
    private boolean inputEnded;
    private @Nullable ChannelHandlerContext context;
    private long left;
    private int looked;
    private boolean readingLater;

    private MessageDecoder(boolean requests, boolean lenient, MessageLimits limits) {
        this.requests = requests;
        this.lenient = lenient;
        this.limits = limits;
        this.chunkSize = new ChunkSize(!requests);
    }

    public static MessageDecoder ofRequests(MessageLimits limits) {
        return new MessageDecoder(true, false, limits);
    }

    public static MessageDecoder ofResponses(MessageLimits limits) {
        return ofResponses(limits, false);
    }

    /**
     * Returns a decoder of responses.
     *
     * @param lenient whether what has one meaning all the same is repaired, see {@link LenientHead}
     */
    public static MessageDecoder ofResponses(MessageLimits limits, boolean lenient) {
        return new MessageDecoder(false, lenient, limits);
    }

    @Override
    public boolean multiplexed() {
        return false;
    }

    @Override
    public boolean refused() {
        return false;
    }

    @Override
    public boolean endedByClose() {
        return endedByClose;
    }

    /** {@inheritDoc} Has that response read. */
    @Override
    public void answersHead(boolean head) {
        answersHead = head;
        next();
    }

    /** Has the next message read. */
    public void next() {
        if (state == State.BETWEEN) {
            state = State.HEAD;
            if (actualReadableBytes() > 0) {
                readLater();
            }
        }
    }

    /** Whether more has come than the message that was read last, while the next one is not wanted yet. */
    public boolean ahead() {
        return state == State.BETWEEN && actualReadableBytes() > 0;
    }

    /** Whether something has come that will be read in a moment. */
    public boolean readsOn() {
        return readingLater && actualReadableBytes() > 0;
    }

    /** Drops what is still to come. */
    public void dropRest() {
        state = State.BROKEN;
    }

    @Override
    public void answersUpgrade(boolean upgrade) {
        answersUpgrade = upgrade;
    }

    /** Whether nothing is read until {@link #switchProtocols} or {@link #stayWithHttp} says how. */
    public boolean held() {
        return state == State.HELD;
    }

    /** Has everything that follows the request read as pieces of its body, up to the end of the connection. */
    public void switchProtocols() {
        state = State.UNTIL_CLOSE;
        readLater();
    }

    /** Has what follows the request taken for another one. Where the one before had no body, its end is not reported. */
    public void stayWithHttp() {
        asksUpgrade = false;
        if (state == State.HELD) {
            state = State.BETWEEN;
        }
    }

    /** Reads what is there, though nothing comes from the channel. */
    private void readLater() {
        ChannelHandlerContext here = context;
        if (here != null && !readingLater) {
            readingLater = true;
            // Later, since this may be called from within a read.
            here.executor().execute(() -> readHeld(here));
        }
    }

    private void readHeld(ChannelHandlerContext here) {
        readingLater = false;
        if (here.isRemoved()) {
            return;
        }
        try {
            channelRead(here, Unpooled.EMPTY_BUFFER);
            channelReadComplete(here);
            endTunnel(here);
        } catch (Exception e) {
            here.fireExceptionCaught(e);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    /** What a client sent before it ended its direction may still be wanted, so that it is not dropped. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (!requests || !(event instanceof ChannelInputShutdownEvent)) {
            super.userEventTriggered(context, event);
            return;
        }
        inputEnded = true;
        endTunnel(context);
        context.fireUserEventTriggered(event);
    }

    private void endTunnel(ChannelHandlerContext context) {
        if (inputEnded && state == State.UNTIL_CLOSE && actualReadableBytes() == 0) {
            state = State.HEAD;
            context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
            context.fireChannelReadComplete();
        }
    }

    @Override
    public boolean unfinished() {
        return (state != State.HEAD && state != State.BETWEEN) || actualReadableBytes() > 0;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        try {
            while (step(in, out)) {
                // As far as it goes.
            }
        } catch (MalformedMessageException e) {
            state = State.BROKEN;
            in.skipBytes(in.readableBytes());
            out.add(e.found());
        }
    }

    /** Takes one step, and returns whether there may be another. */
    private boolean step(ByteBuf in, List<Object> out) {
        return switch (state) {
            case HEAD -> head(in, out);
            case CONTENT -> content(in, out);
            case CHUNK_SIZE -> chunkSize(in);
            case CHUNK_END -> chunkEnd(in);
            case TRAILERS -> trailers(in, out);
            case UNTIL_CLOSE -> untilClose(in, out);
            case HELD -> hold(in);
            case BETWEEN -> {
                skipEmptyLines(in);
                yield false;
            }
            case BROKEN -> {
                in.skipBytes(in.readableBytes());
                yield false;
            }
        };
    }

    private boolean head(ByteBuf in, List<Object> out) {
        skipEmptyLines(in);
        HeadReader reader = section(in, true);
        if (reader == null) {
            return false;
        }
        HttpMessage head = requests ? request(reader) : response(reader);
        if (reader.read() - 2 > limits.startLine()) {
            throw tooLong();
        }
        reader.fields(head.headers(), limits);
        in.skipBytes(reader.consumed());
        if (head instanceof HttpResponse response && answersUpgrade && Upgrade.switches(response)) {
            Upgrade.dropFraming(head.headers());
            out.add(head);
            state = State.UNTIL_CLOSE;
            return true;
        }
        if (head instanceof HttpResponse response && endsAtHead(response)) {
            Framing.check(head.headers());
            out.add(head);
            if (response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
                end(LastHttpContent.EMPTY_LAST_CONTENT, out);
            }
            return true;
        }
        long length = Framing.of(head.headers(), head.protocolVersion());
        out.add(head);
        asksUpgrade = requests && Upgrade.of(head) != null;
        if (asksUpgrade && (length == 0 || length == Framing.UNSAID)) {
            state = State.HELD;
        } else if (length != Framing.UNSAID) {
            body(length, out);
        } else if (requests) {
            body(0, out);
        } else {
            state = State.UNTIL_CLOSE;
        }
        return true;
    }

    /** Robust servers ignore empty lines before a request (RFC 9112 section 2.2). */
    private void skipEmptyLines(ByteBuf in) {
        while (requests && in.readableBytes() >= 2 && in.getShort(in.readerIndex()) == CRLF) {
            in.skipBytes(2);
            looked = 0;
        }
    }

    private HttpRequest request(HeadReader reader) {
        String method = reader.token(' ', "the method");
        String target = reader.target();
        HttpVersion version = version(reader);
        reader.lineEnd("the request line");
        return new DefaultHttpRequest(version, HttpMethod.valueOf(method), target, UNCHECKED.newHeaders(), false);
    }

    private HttpResponse response(HeadReader reader) {
        HttpVersion version = version(reader);
        int code = reader.statusCode();
        String reason = reader.reasonPhrase();
        if (code < 100) {
            throw MalformedMessageException.syntax("the status code is out of range");
        }
        return new DefaultHttpResponse(version, HttpResponseStatus.valueOf(code, reason), UNCHECKED);
    }

    /** A later minor version of HTTP/1 is read as the one we know (RFC 9110 section 2.5). */
    private static HttpVersion version(HeadReader reader) {
        return reader.minorVersion() == 0 ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
    }

    /** Whether a response has no body, whatever its fields say (RFC 9112 section 6.3). */
    private boolean endsAtHead(HttpResponse response) {
        int code = response.status().code();
        return answersHead
                || code == 204
                || code == 304
                || response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }

    private void body(long length, List<Object> out) {
        chunked = length == Framing.CHUNKED;
        if (chunked) {
            chunkSize.reset();
            state = State.CHUNK_SIZE;
        } else if (length == 0) {
            end(LastHttpContent.EMPTY_LAST_CONTENT, out);
        } else {
            left = length;
            state = State.CONTENT;
        }
    }

    private void end(LastHttpContent last, List<Object> out) {
        out.add(last);
        state = asksUpgrade ? State.HELD : State.BETWEEN;
    }

    private boolean content(ByteBuf in, List<Object> out) {
        int count = (int) Math.min(left, Math.min(in.readableBytes(), MOST_PIECE));
        if (count == 0) {
            return false;
        }
        left -= count;
        ByteBuf piece = in.readRetainedSlice(count);
        if (left > 0 || chunked) {
            out.add(new DefaultHttpContent(piece));
            state = left > 0 ? State.CONTENT : State.CHUNK_END;
        } else {
            end(new LastPiece(piece), out);
        }
        return true;
    }

    private boolean chunkSize(ByteBuf in) {
        long size = chunkSize.read(in);
        if (size == ChunkSize.UNKNOWN) {
            return false;
        }
        left = size;
        state = size == 0 ? State.TRAILERS : State.CONTENT;
        return true;
    }

    private boolean chunkEnd(ByteBuf in) {
        if (in.readableBytes() < 2) {
            return false;
        }
        if (in.readShort() != CRLF) {
            throw MalformedMessageException.syntax("a chunk is longer than its size");
        }
        state = State.CHUNK_SIZE;
        return true;
    }

    private boolean trailers(ByteBuf in, List<Object> out) {
        if (looked == 0 && in.readableBytes() >= 2 && in.getShort(in.readerIndex()) == CRLF) {
            in.skipBytes(2);
            end(LastHttpContent.EMPTY_LAST_CONTENT, out);
            return true;
        }
        HeadReader reader = section(in, false);
        if (reader == null) {
            return false;
        }
        DefaultLastHttpContent end = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, UNCHECKED_TRAILERS);
        reader.fields(end.trailingHeaders(), limits);
        in.skipBytes(reader.consumed());
        end(end, out);
        return true;
    }

    /** Clients wait for the answer before they speak another protocol, so that there is not much to hold. */
    private boolean hold(ByteBuf in) {
        if (in.readableBytes() > limits.fields()) {
            throw MalformedMessageException.syntax("too much follows a request to switch protocols");
        }
        return false;
    }

    private boolean untilClose(ByteBuf in, List<Object> out) {
        int count = Math.min(in.readableBytes(), MOST_PIECE);
        if (count == 0) {
            return false;
        }
        out.add(new DefaultHttpContent(in.readRetainedSlice(count)));
        return true;
    }

    /** Returns a reader at the beginning of a section of lines that is there as a whole, or null. */
    private @Nullable HeadReader section(ByteBuf in, boolean afterStartLine) {
        if (in.readableBytes() == looked) {
            return null;
        }
        int length = lenient
                ? LenientHead.available(in, looked, afterStartLine)
                : HeadReader.available(in, looked, afterStartLine, !requests);
        if (length > 0) {
            looked = 0;
            HeadReader reader = HeadReader.ofThread();
            return (lenient ? reader.beginRepaired(in, length, afterStartLine) : reader.begin(in, length))
                    .naming(!requests);
        }
        looked = in.readableBytes();
        if (!requests && afterStartLine && !HeadReader.mayBeResponse(in)) {
            throw MalformedMessageException.syntax("not HTTP");
        }
        if (afterStartLine && looked > limits.startLine() && startLine(in) > limits.startLine()) {
            throw tooLong();
        }
        if (looked > limits.fields() + (afterStartLine ? limits.startLine() : 0)) {
            throw new MalformedMessageException(Fault.FIELDS_TOO_LARGE, "the header is too large");
        }
        return null;
    }

    /** Returns the length of the first line, as far as it is there. */
    private static int startLine(ByteBuf in) {
        int lf = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n');
        return lf < 0 ? in.readableBytes() - 1 : lf - 1 - in.readerIndex();
    }

    private static MalformedMessageException tooLong() {
        return new MalformedMessageException(Fault.LINE_TOO_LONG, "the start line is too long");
    }

    @Override
    protected void decodeLast(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        decode(context, in, out);
        if (state == State.UNTIL_CLOSE) {
            state = State.HEAD;
            endedByClose = true;
            out.add(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }
}
