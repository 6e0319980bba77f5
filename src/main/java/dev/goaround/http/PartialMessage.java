package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Whether a decoder has taken bytes that have not become a whole message yet. The decoder keeps lines of a head to itself,
 * so that looking at what it has left in its buffer does not tell.
 */
public final class PartialMessage {

    private boolean partial;

    /**
     * To be told after each step of decoding. Line ends before a message count for nothing (RFC 9112 section 2.2).
     *
     * @param in what is decoded, with its reader index behind what the step has taken
     * @param from the reader index before the step
     * @param out what the step has brought forth
     */
    public void decoded(ByteBuf in, int from, List<Object> out) {
        if (!out.isEmpty()) {
            partial = !(out.get(out.size() - 1) instanceof LastHttpContent);
        } else if (!partial && in.readerIndex() > from) {
            partial = !onlyLineEnds(in, from, in.readerIndex());
        }
    }

    /** Whether the bytes taken so far end within a message. */
    public boolean partial() {
        return partial;
    }

    private static boolean onlyLineEnds(ByteBuf in, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = in.getByte(i);
            if (b != '\r' && b != '\n') {
                return false;
            }
        }
        return true;
    }
}
