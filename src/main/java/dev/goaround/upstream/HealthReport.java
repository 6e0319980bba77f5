package dev.goaround.upstream;

import dev.goaround.health.ProbeResult.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a backend says of itself in the body of its health check. Not thread-safe. */
final class HealthReport implements ProbeReport {

    private final JsonBody body;

    HealthReport(HttpResponse head) {
        this.body = new JsonBody(head);
    }

    @Override
    public void add(ByteBuf piece) {
        body.add(piece);
    }

    @Override
    public boolean full() {
        return body.full();
    }

    /**
     * {@inheritDoc}
     *
     * <p>That is {@code state: degraded}, or Spring Boot's {@code status: DOWN} or {@code OUT_OF_SERVICE}. A body that is no
     * JSON object, or was cut off, says nothing.
     */
    @Override
    public @Nullable Finding finding() {
        JsonNode report = body.tree();
        if (report == null) {
            return null;
        }
        if (report.path("state").asString("").equalsIgnoreCase("degraded")) {
            return new Finding(Verdict.FAILED, "state: degraded");
        }
        String status = report.path("status").asString("");
        return status.equals("DOWN") || status.equals("OUT_OF_SERVICE")
                ? new Finding(Verdict.FAILED, "status: " + status)
                : null;
    }
}
