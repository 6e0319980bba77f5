package dev.goaround.listen;

import dev.goaround.http.Problem;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request that was refused before its head could be read.
 *
 * @param bytesWritten bytes of the body of the answer
 * @param client the client's address
 */
record UnreadRequest(
        String id,
        String version,
        Problem problem,
        int bytesWritten,
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
        return bytesWritten;
    }

    @Override
    public @Nullable Cut cut() {
        return null;
    }
}
