package dev.goaround.listen;

import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** A request that was refused before its head could be read. */
record UnreadRequest(String version, int status) implements ServedRequest {

    @Override
    public @Nullable HttpRequest head() {
        return null;
    }

    @Override
    public Ending ending() {
        return Ending.REFUSED;
    }

    @Override
    public long nanos() {
        return 0;
    }
}
