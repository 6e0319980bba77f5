package dev.goaround.upstream;

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

    /** Returns in which words the backend says that it is not well, or null if it does not. */
    @Nullable
    String complaint();
}
