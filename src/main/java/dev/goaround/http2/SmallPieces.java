package dev.goaround.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import org.jspecify.annotations.Nullable;

/**
 * Writes the data of one stream. Small pieces that are written between two flushes become one frame, and so do those that are written
 * while the frame before is still on its way: a peer that takes nothing would have each of them wait as a frame of its own, which
 * costs a hundred times what it holds. A piece that finds nothing on its way leaves with the next flush.
 */
final class SmallPieces {

    /** From this size on a piece is a frame of its own. */
    private static final int LARGE = 4 * 1024;

    /** What has been joined is written once it is as large as this. */
    private static final int ENOUGH = 8 * 1024;

    private static final int FIRST_SIZE = 256;

    private @Nullable ByteBuf joined;
    private int underWay;

    /** Writes a piece, or leaves it waiting for more if it is small and nobody looks at the promise. */
    void write(ChannelHandlerContext context, ByteBuf piece, ChannelPromise promise) {
        if (piece.readableBytes() >= LARGE || !promise.isVoid()) {
            writeJoined(context);
            frame(context, piece, false, promise.unvoid());
            return;
        }
        join(context, piece);
        ByteBuf now = joined;
        if (now != null && now.readableBytes() >= ENOUGH) {
            writeJoined(context);
        }
    }

    private void join(ChannelHandlerContext context, ByteBuf piece) {
        ByteBuf to = joined;
        if (to == null) {
            to = context.alloc().buffer(Math.max(FIRST_SIZE, piece.readableBytes()), LARGE + ENOUGH);
            joined = to;
        }
        to.writeBytes(piece);
        piece.release();
    }

    /** Writes the last piece, together with what waits. */
    void end(ChannelHandlerContext context, ByteBuf piece, ChannelPromise promise) {
        if (joined != null && piece.readableBytes() < LARGE) {
            join(context, piece);
            ByteBuf all = joined;
            joined = null;
            frame(context, all, true, promise);
            return;
        }
        writeJoined(context);
        frame(context, piece, true, promise);
    }

    /** Writes what waits, unless something is still on its way. */
    void flush(ChannelHandlerContext context) {
        if (underWay == 0) {
            writeJoined(context);
        }
    }

    /** Writes what waits. */
    void writeJoined(ChannelHandlerContext context) {
        ByteBuf all = joined;
        if (all != null) {
            joined = null;
            frame(context, all, false, context.newPromise());
        }
    }

    private void frame(ChannelHandlerContext context, ByteBuf data, boolean end, ChannelPromise promise) {
        if (!end) {
            underWay++;
            promise.addListener(written -> arrived(context));
        }
        context.write(new DefaultHttp2DataFrame(data, end), promise);
    }

    private void arrived(ChannelHandlerContext context) {
        underWay--;
        if (underWay == 0 && joined != null && !context.isRemoved()) {
            writeJoined(context);
            context.flush();
        }
    }

    void release() {
        ByteBuf all = joined;
        if (all != null) {
            joined = null;
            all.release();
        }
    }
}
