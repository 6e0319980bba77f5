package dev.goaround.upstream;

import dev.goaround.health.ProbeResult.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** What a backend says of itself in its answer to a probe. Not thread-safe. */
interface ProbeReport {

    /** Adds a piece of the answer's body, which stays the caller's. */
    void add(ByteBuf piece);

    /** The answer has ended with these trailers. */
    default void trailers(HttpHeaders trailers) {}

    /** Whether nothing more is wanted. */
    boolean full();

    /** Returns what the backend says of itself, or null if it leaves that to the status code. */
    @Nullable
    Finding finding();

    /**
     * What a backend says of itself.
     *
     * @param words how it says so, in a few words and without control characters
     */
    record Finding(Verdict verdict, String words) {}
}
