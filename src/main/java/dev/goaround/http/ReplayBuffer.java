package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * What has been delivered of one body, so that it can be delivered again.
 *
 * <p>A copy rather than references to the pieces: a few bytes may be all that is used of a large buffer, and a client that sends a
 * body byte by byte would make each of them hold one.
 */
final class ReplayBuffer {

    private static final int FIRST_SIZE = 1024;

    private final ReplayMemory memory;
    private final int most;
    private @Nullable ByteBuf bytes;
    private @Nullable LastHttpContent last;
    private int taken;

    /** Bytes of a piece that was drained and waits to be delivered again. */
    private int drained;

    ReplayBuffer(ReplayMemory memory) {
        this.memory = memory;
        this.most = memory.perRequest();
    }

    /** Copies a piece, whose reference stays the caller's, and returns whether there was room for it. */
    boolean keep(HttpContent content) {
        giveDrained(); // The piece is what was drained, if anything was.
        ByteBuf piece = content.content();
        if (content instanceof LastHttpContent end) {
            last = end;
        }
        if (!piece.isReadable()) {
            return true;
        }
        ByteBuf to = bytes;
        int size = piece.readableBytes() + (to == null ? 0 : to.readableBytes());
        if (size > most) {
            return false;
        }
        if (to == null) {
            to = piece.alloc().buffer(Math.max(size, Math.min(FIRST_SIZE, most)), most);
            bytes = to;
        } else {
            to.ensureWritable(piece.readableBytes());
        }
        int more = to.capacity() - taken;
        if (!memory.take(more)) {
            return false;
        }
        taken += more;
        to.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
        return true;
    }

    /** Whether anything was kept. */
    boolean used() {
        return bytes != null || last != null;
    }

    /**
     * Gives all of it back as one piece, the last one if the body's last piece was kept, and forgets it; it counts as kept until
     * it comes back or is {@linkplain #release released}.
     */
    HttpContent drain() {
        ByteBuf content = bytes == null ? Unpooled.EMPTY_BUFFER : bytes;
        LastHttpContent end = last;
        bytes = null;
        last = null;
        drained += taken;
        taken = 0;
        if (end == null) {
            return new DefaultHttpContent(content);
        }
        return end.trailingHeaders().isEmpty()
                ? new LastPiece(content)
                : new DefaultLastHttpContent(content, end.trailingHeaders());
    }

    void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
        last = null;
        memory.give(taken);
        taken = 0;
        giveDrained();
    }

    private void giveDrained() {
        memory.give(drained);
        drained = 0;
    }
}
