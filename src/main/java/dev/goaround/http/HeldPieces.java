package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of a body that wait, in about as much memory as they have bytes. Small pieces are copied together: a peer that sends its body
 * byte by byte would have each of them hold an object, and perhaps the whole buffer that it was read into.
 */
final class HeldPieces {

    /** Pieces are copied together up to this size. */
    private static final int JOINED = 16 * 1024;

    private static final int FIRST_SIZE = 256;

    /** From this size on a piece stays what it is if its buffer holds little else. */
    private static final int LARGE = 4 * 1024;

    private @Nullable Deque<HttpContent> pieces;

    /** The last of the pieces, if that is a copy with room for more. */
    private @Nullable HttpContent joined;

    /** A piece that has been delivered before, whose memory is counted elsewhere. */
    private @Nullable HttpContent again;

    private int bytes;

    boolean isEmpty() {
        return pieces == null || pieces.isEmpty();
    }

    /** Bytes that are held here, without those that are held {@linkplain #addAgain again}. */
    int bytes() {
        return bytes;
    }

    /** Adds a piece behind the others, taking over its reference. */
    void add(HttpContent piece) {
        ByteBuf content = piece.content();
        bytes += content.readableBytes();
        if (!content.isReadable() || fillsItsBuffer(content)) {
            joined = null;
            addLast(piece);
        } else if (piece instanceof LastHttpContent last) {
            joined = null;
            addLast(copy(last));
        } else {
            join(piece);
        }
    }

    private static boolean fillsItsBuffer(ByteBuf content) {
        ByteBuf whole = content;
        for (ByteBuf inner = whole.unwrap(); inner != null; inner = inner.unwrap()) {
            whole = inner;
        }
        int length = content.readableBytes();
        return length >= LARGE && whole.capacity() <= 2 * length;
    }

    private static LastHttpContent copy(LastHttpContent last) {
        ByteBuf content = last.content().copy();
        last.release();
        return last.trailingHeaders().isEmpty()
                ? new LastPiece(content)
                : new DefaultLastHttpContent(content, last.trailingHeaders());
    }

    private void join(HttpContent piece) {
        ByteBuf content = piece.content();
        int length = content.readableBytes();
        HttpContent to = joined;
        if (to == null || to.content().readableBytes() + length > JOINED) {
            int size = Math.max(FIRST_SIZE, length);
            to = new DefaultHttpContent(content.alloc().buffer(size, Math.max(JOINED, length)));
            joined = to;
            addLast(to);
        }
        to.content().writeBytes(content);
        piece.release();
    }

    private void addLast(HttpContent piece) {
        Deque<HttpContent> to = pieces;
        if (to == null) {
            to = new ArrayDeque<>(2);
            pieces = to;
        }
        to.addLast(piece);
    }

    /** Adds what has been delivered before, to be delivered again before the others. */
    void addAgain(HttpContent piece) {
        if (pieces == null) {
            pieces = new ArrayDeque<>(2);
        }
        pieces.addFirst(piece);
        again = piece;
    }

    /** Takes the first piece away; there must be one. */
    @SuppressWarnings("ReferenceEquality") // This very piece.
    HttpContent remove() {
        if (pieces == null) {
            throw new IllegalStateException("nothing is held");
        }
        HttpContent piece = pieces.removeFirst();
        if (piece == again) {
            again = null;
        } else {
            bytes -= piece.content().readableBytes();
        }
        if (piece == joined) {
            joined = null;
        }
        return piece;
    }

    /** Drops all of them. */
    void release() {
        if (pieces != null) {
            pieces.forEach(ReferenceCountUtil::release);
            pieces.clear();
        }
        joined = null;
        again = null;
        bytes = 0;
    }
}
