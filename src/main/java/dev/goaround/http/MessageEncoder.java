package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages in HTTP/1.1 (RFC 9112 sections 2 to 7): request targets, reason phrases and fields byte for byte as they
 * were read, where each byte is one character.
 *
 * <p>A head waits for the body that comes with it, and small pieces of bodies are joined, so that what was read at once is
 * written at once and from one buffer. A flush sends what waits, and so does a write whose promise somebody looks at.
 */
public final class MessageEncoder extends ChannelOutboundHandlerAdapter {

    private static final AsciiString HTTP_1_1 = AsciiString.cached("HTTP/1.1");
    private static final AsciiString CRLF = AsciiString.cached("\r\n");
    private static final AsciiString COLON = AsciiString.cached(": ");
    private static final AsciiString LAST_CHUNK = AsciiString.cached("0\r\n");

    /** Up to this size it costs less to copy a piece than to have the system gather one more buffer. */
    private static final int SMALL = 8 * 1024;

    /** What waits is written once it is larger than this. */
    private static final int ENOUGH = 16 * 1024;

    /** Room for the size of a chunk and its line ends, and for the last chunk. */
    private static final int CHUNK_FRAME = 32;

    /** How the body of a message is delimited (RFC 9112 section 6). */
    private enum Body {
        /** There is none, whatever the head announces. */
        NONE,
        /** By its length, or by the end of the connection. */
        PLAIN,
        /** By its chunks. */
        CHUNKED
    }

    private boolean answersHead;
    private Body body = Body.PLAIN;
    private @Nullable ByteBuf waiting;

    /** Says whether the next final response answers a HEAD request, and so has no body whatever it announces. */
    public void answersHead(boolean head) {
        answersHead = head;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpMessage head) {
            head(context, head);
        }
        if (message instanceof HttpContent content) {
            content(context, content, promise);
        } else if (message instanceof HttpMessage) {
            pass(context, promise);
        } else {
            writeWaiting(context);
            context.write(message, promise);
        }
    }

    private void head(ChannelHandlerContext context, HttpMessage head) {
        HeadBytes bytes = HeadBytes.empty();
        if (head instanceof HttpRequest request) {
            body = delimited(head.headers());
            bytes.add(request.method().asciiName()).add(' ').add(request.uri()).add(' ');
            bytes.add(HTTP_1_1).add(CRLF);
        } else if (head instanceof HttpResponse response) {
            body = hasBody(response) ? delimited(head.headers()) : Body.NONE;
            bytes.add(HTTP_1_1).add(' ').add(response.status().codeAsText()).add(' ');
            bytes.add(response.status().reasonPhrase()).add(CRLF);
        }
        fields(bytes, head.headers());
        bytes.moveTo(waiting(context, bytes.length() + roomForBody(head.headers())));
    }

    private static Body delimited(HttpHeaders headers) {
        return headers.containsValue(HttpHeaderNames.TRANSFER_ENCODING, "chunked", true) ? Body.CHUNKED : Body.PLAIN;
    }

    /** Also takes the fields away that such a response must not have (RFC 9110 sections 8.6 and 15.3.6). */
    private boolean hasBody(HttpResponse response) {
        int status = response.status().code();
        HttpHeaders headers = response.headers();
        if (Upgrade.switches(response)) {
            // What follows is another protocol.
            return true;
        }
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL || status == 204) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH).remove(HttpHeaderNames.TRANSFER_ENCODING);
            return false;
        }
        if (status == 205) {
            headers.remove(HttpHeaderNames.TRANSFER_ENCODING).set(FieldNames.CONTENT_LENGTH, "0");
            return false;
        }
        return !answersHead && status != 304;
    }

    private static void fields(HeadBytes bytes, HttpHeaders headers) {
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
        while (fields.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            bytes.add(field.getKey()).add(COLON).add(field.getValue()).add(CRLF);
        }
        bytes.add(CRLF);
    }

    private int roomForBody(HttpHeaders headers) {
        if (body == Body.CHUNKED) {
            return CHUNK_FRAME;
        }
        String length = body == Body.PLAIN ? headers.get(HttpHeaderNames.CONTENT_LENGTH) : null;
        // Of more than four digits it is not small.
        return length == null || length.length() > 4
                ? 0
                : Math.min(SMALL, AsciiString.of(length).parseInt());
    }

    private void content(ChannelHandlerContext context, HttpContent content, ChannelPromise promise) {
        if (body == Body.NONE) {
            content.release();
            pass(context, promise);
            return;
        }
        ByteBuf data = content.content();
        int length = data.readableBytes();
        if (body == Body.PLAIN && length > SMALL) {
            writeWaiting(context);
            context.write(data, promise);
            return;
        }
        if (body == Body.PLAIN) {
            append(context, data);
        } else {
            chunk(context, data, content instanceof LastHttpContent last ? last : null);
        }
        pass(context, promise);
    }

    private void chunk(ChannelHandlerContext context, ByteBuf data, @Nullable LastHttpContent last) {
        if (data.isReadable()) {
            int length = data.readableBytes();
            ByteBufUtil.writeAscii(waiting(context, CHUNK_FRAME), Integer.toHexString(length));
            ByteBufUtil.copy(CRLF, waiting(context, CRLF.length()));
            append(context, data);
            ByteBufUtil.copy(CRLF, waiting(context, CHUNK_FRAME));
        } else {
            data.release();
        }
        if (last != null) {
            HeadBytes end = HeadBytes.empty().add(LAST_CHUNK);
            fields(end, last.trailingHeaders());
            end.moveTo(waiting(context, end.length()));
            // What follows a request to switch protocols is in no chunks.
            body = Body.PLAIN;
        }
    }

    /** Takes a piece of the body over: behind what waits if it is small, else as it is. */
    private void append(ChannelHandlerContext context, ByteBuf data) {
        int length = data.readableBytes();
        if (length > SMALL) {
            writeWaiting(context);
            context.write(data, context.voidPromise());
            return;
        }
        if (length > 0) {
            waiting(context, length).writeBytes(data);
        }
        data.release();
    }

    /** Returns what waits, with room for so many bytes more. */
    private ByteBuf waiting(ChannelHandlerContext context, int room) {
        ByteBuf buffer = waiting;
        if (buffer == null) {
            buffer = context.alloc().directBuffer(room);
            waiting = buffer;
        }
        return buffer.ensureWritable(room);
    }

    /** Has what waits written with this promise, or leaves it waiting if nobody looks at the promise. */
    private void pass(ChannelHandlerContext context, ChannelPromise promise) {
        ByteBuf buffer = waiting;
        if (!promise.isVoid()) {
            waiting = null;
            context.write(buffer == null ? Unpooled.EMPTY_BUFFER : buffer, promise);
        } else if (buffer != null && buffer.readableBytes() > ENOUGH) {
            writeWaiting(context);
        }
    }

    private void writeWaiting(ChannelHandlerContext context) {
        ByteBuf buffer = waiting;
        if (buffer != null) {
            waiting = null;
            context.write(buffer, context.voidPromise());
        }
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        writeWaiting(context);
        context.flush();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        ByteBuf buffer = waiting;
        if (buffer != null) {
            waiting = null;
            buffer.release();
        }
    }
}
