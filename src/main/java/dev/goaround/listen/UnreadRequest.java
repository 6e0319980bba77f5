package dev.goaround.listen;

import dev.goaround.http.Problem;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request that was refused before its head could be read.
 *
 * @param client the client's address
 */
record UnreadRequest(
        String id,
        String version,
        Problem problem,
        String client,
        @Nullable String tlsVersion) implements ServedRequest {

    @Override
    public @Nullable HttpRequest head() {
        return null;
    }

    @Override
    public int status() {
        return problem.status().code();
    }

    @Override
    public Ending ending() {
        return Ending.REFUSED;
    }

    @Override
    public long nanos() {
        return 0;
    }

    @Override
    public long bytesIn() {
        return 0;
    }

    @Override
    public long bytesOut() {
        return 0;
    }

    @Override
    public @Nullable Cut cut() {
        return null;
    }
}
