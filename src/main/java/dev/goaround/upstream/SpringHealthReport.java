package dev.goaround.upstream;

import dev.goaround.health.ProbeResult.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponse;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The readiness of a Spring Boot application, as its Actuator reports it: a status, which decides and not the status code, and
 * below it the components if the application shows them. Not thread-safe.
 */
final class SpringHealthReport implements ProbeReport {

    private static final int MOST_COMPONENTS = 5;
    private static final int LONGEST_NAME = 40;

    private final int code;
    private final JsonBody body;

    SpringHealthReport(HttpResponse head) {
        this.code = head.status().code();
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

    @Override
    public Finding finding() {
        JsonNode report = body.tree();
        String status = report == null ? "" : status(report);
        if (report == null || status.isEmpty()) {
            return new Finding(Verdict.FAILED, withoutReport());
        }
        String words = status + unwell(report.path("components"));
        return switch (status) {
            case "OUT_OF_SERVICE", "REFUSING_TRAFFIC" -> new Finding(Verdict.DRAINING, words);
            case "UP" -> new Finding(Verdict.PASSED, words);
            case "DOWN" -> new Finding(Verdict.FAILED, words);
            // Whether a status of the application's own is good, it says by the code that it maps it to.
            default -> new Finding(code / 100 == 2 ? Verdict.PASSED : Verdict.FAILED, words);
        };
    }

    /** Spring Boot's own error pages have a status as well, which is a number. */
    private static String status(JsonNode report) {
        JsonNode status = report.path("status");
        return status.isString() ? ReportedText.of(status.asString(), LONGEST_NAME) : "";
    }

    private String withoutReport() {
        return switch (code) {
            case 404 -> "404: no readiness, set management.endpoint.health.probes.enabled=true in the backend";
            case 401, 403 -> code + ": the backend shows its health to nobody without a login";
            default ->
                body.tooLong()
                        ? code + ": a health report longer than " + JsonBody.LIMIT / 1024 + "KB"
                        : code + ": no health report of Spring Boot";
        };
    }

    /** The names of the components that are not up, in brackets; empty if there are none, or none are shown. */
    private static String unwell(JsonNode components) {
        List<String> names = components.properties().stream()
                .filter(component -> unwell(component.getValue().path("status").asString("")))
                .map(Map.Entry::getKey)
                .toList();
        if (names.isEmpty()) {
            return "";
        }
        String first = String.join(
                ", ",
                names.stream()
                        .limit(MOST_COMPONENTS)
                        .map(name -> ReportedText.of(name, LONGEST_NAME))
                        .toList());
        int more = names.size() - MOST_COMPONENTS;
        return " (" + first + (more > 0 ? " and " + more + " more" : "") + ")";
    }

    private static boolean unwell(String status) {
        return !status.isEmpty() && !status.equals("UP") && !status.equals("UNKNOWN");
    }
}
