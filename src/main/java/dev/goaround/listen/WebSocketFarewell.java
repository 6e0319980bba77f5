package dev.goaround.listen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a WebSocket that is relayed to a client when GoAround stops, such that the client knows: with a Close frame of its own, code
 * 1001 (RFC 6455 section 7.4.1), at the first moment that no frame of the backend's is half sent. Until then it only follows where
 * frames end.
 */
final class WebSocketFarewell extends ChannelOutboundHandlerAdapter {

    /** Final frame, Close, two bytes: 1001, going away. */
    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 0x03, (byte) 0xe9};

    /** How long the client has for its own Close frame, which goes to the backend as everything does. */
    private static final long LINGER_SECONDS = 2;

    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;
    private static final int SHORT_LENGTH = 126;
    private static final int MASK_BYTES = 4;

    private final Runnable over;
    private @Nullable ChannelHandlerContext context;
    private boolean wanted;
    private boolean said;

    /** Bytes of the header of a frame that have passed. */
    private int header;

    /** How many such bytes there are, as far as that is known. */
    private int headerLength = 2;

    private int lengthBytes;

    /** Bytes of the frame's payload that are still to pass. */
    private long payload;

    /** @param over called when the client has had the time to say farewell as well */
    WebSocketFarewell(Runnable over) {
        this.over = over;
    }

    /** Says farewell now, or as soon as the frame that is being sent has ended. */
    void say() {
        wanted = true;
        ChannelHandlerContext here = context;
        if (!said && between() && here != null) {
            said = true;
            here.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(GOING_AWAY)));
            here.executor().schedule(over, LINGER_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    private boolean between() {
        return header == 0 && payload == 0;
    }

    @Override
    public void write(ChannelHandlerContext here, Object message, ChannelPromise promise) {
        if (!(message instanceof HttpContent content)) {
            here.write(message, promise);
            return;
        }
        if (said && !(message instanceof LastHttpContent)) {
            // The client has been told that there is no more.
            content.release();
            if (!promise.isVoid()) {
                promise.setSuccess();
            }
            return;
        }
        follow(content.content());
        here.write(message, promise);
        if (wanted) {
            say();
        }
    }

    private void follow(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex()) {
            if (payload > 0 && header == 0) {
                int count = (int) Math.min(payload, bytes.writerIndex() - at);
                payload -= count;
                at += count;
            } else {
                header(bytes.getByte(at++) & 0xff);
            }
        }
    }

    /** One byte of a frame's header (RFC 6455 section 5.2). */
    private void header(int octet) {
        header++;
        if (header == 2) {
            int length = octet & LENGTH;
            lengthBytes = length < SHORT_LENGTH ? 0 : length == SHORT_LENGTH ? 2 : 8;
            payload = lengthBytes == 0 ? length : 0;
            headerLength = 2 + lengthBytes + ((octet & MASKED) == 0 ? 0 : MASK_BYTES);
        } else if (header > 2 && header <= 2 + lengthBytes) {
            payload = payload << 8 | octet;
        }
        if (header >= 2 && header == headerLength) {
            header = 0;
        }
    }
}
