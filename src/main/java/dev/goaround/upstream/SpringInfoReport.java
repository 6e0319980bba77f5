package dev.goaround.upstream;

import dev.goaround.health.ProbeResult.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The version that a Spring Boot application tells at {@code /actuator/info}, if it does. Not thread-safe. */
final class SpringInfoReport implements ProbeReport {

    private static final int LONGEST_VERSION = 64;

    private final JsonBody body;

    SpringInfoReport(HttpResponse head) {
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

    /** The words are the version: that of the build, or else the commit. */
    @Override
    public @Nullable Finding finding() {
        JsonNode info = body.tree();
        if (info == null) {
            return null;
        }
        JsonNode commit = info.path("git").path("commit").path("id");
        String said = info.path("build")
                .path("version")
                .asString(commit.path("abbrev").asString(commit.asString("")));
        String version = ReportedText.of(said, LONGEST_VERSION);
        return version.isEmpty() ? null : new Finding(Verdict.PASSED, version);
    }
}
