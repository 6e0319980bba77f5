package dev.goaround.health;

import dev.goaround.settings.Requirements;
import dev.goaround.settings.SettingText;
import dev.goaround.settings.StatusRange;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How backends are probed ({@code goaround.health.*}).
 *
 * @param path Path that is asked. Unset means /health, where any answer below 500 passes.
 * @param expect Statuses that pass, such as 200-299,404. Unset means 2xx if a path is set, else any below 500.
 * @param interval Time between probes of a healthy backend.
 * @param degradedInterval Time between probes of a degraded or draining backend.
 * @param timeout Longest wait for one probe; at most the shorter interval, so that rounds do not overlap.
 * @param fall Failed probes in a row that degrade a healthy backend.
 * @param type How backends are asked: http, or grpc for grpc.health.v1, which takes backends that speak HTTP/2.
 * @param service Service whose health is asked by gRPC. Unset means the server as a whole.
 * @param outliers Whether a backend is degraded whose success rate is far below the pool's.
 * @param spring Whether backends are Spring Boot applications, whose readiness and version their Actuator tells.
 */
public record HealthSettings(
        @Nullable String path,
        @Nullable String expect,
        @DefaultValue("2s") Duration interval,
        @DefaultValue("1s") Duration degradedInterval,
        @DefaultValue("1s") Duration timeout,
        @DefaultValue("2") int fall,
        @DefaultValue("http") Type type,
        @Nullable String service,
        @DefaultValue("true") boolean outliers,
        @DefaultValue("false") boolean spring) {

    /** What gRPC has for names, short enough for a length of one byte. */
    private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9_.]{1,100}");

    private static final String DEFAULT_PATH = "/health";

    private static final String SPRING_PATH = "/actuator/health/readiness";

    /** Origin form with an optional query (RFC 9112 section 3.2.1), in characters that need no encoding. */
    private static final Pattern PATH = Pattern.compile("/[!$-;=?-Z_a-z~]*");

    public HealthSettings {
        Duration shorter = interval.compareTo(degradedInterval) < 0 ? interval : degradedInterval;
        new Requirements("goaround.health")
                .that(path == null || PATH.matcher(path).matches(), "path", path, "expected a path such as /health")
                .that(
                        expect == null || ranges(expect).allMatch(range -> StatusRange.valid(range, 100)),
                        "expect",
                        expect,
                        "expected statuses from 100 to 599 such as 200-299,404")
                .duration("interval", interval)
                .duration("degraded-interval", degradedInterval)
                .duration("timeout", timeout)
                .that(
                        timeout.compareTo(shorter) <= 0 || shorter.compareTo(Duration.ofMillis(1)) < 0,
                        "timeout",
                        timeout,
                        "expected at most the shorter interval (" + SettingText.of(shorter) + ")")
                .range("fall", fall, 1, 1000)
                .that(
                        service == null || (SERVICE.matcher(service).matches() && type == Type.GRPC),
                        "service",
                        service,
                        "expected a name such as shop.Orders of at most 100 characters, and goaround.health.type grpc")
                .that(
                        !spring || path == null,
                        "path",
                        path,
                        "not together with goaround.health.spring, which asks " + SPRING_PATH)
                .that(
                        !spring || expect == null,
                        "expect",
                        expect,
                        "not together with goaround.health.spring, which goes by the status in the body")
                .that(
                        !spring || type == Type.HTTP,
                        "type",
                        type,
                        "not together with goaround.health.spring, which is HTTP")
                .enforce();
    }

    /** The path that is asked. */
    public String pathOrDefault() {
        if (path != null) {
            return path;
        }
        return spring ? SPRING_PATH : DEFAULT_PATH;
    }

    /** Whether the user said what to ask or what passes; then only the expected statuses do. */
    public boolean explicit() {
        return path != null || expect != null;
    }

    /** Whether a probe answered with this status passes, as far as the status goes. */
    public boolean expects(int status) {
        if (expect == null) {
            return path == null ? status < 500 : status >= 200 && status < 300;
        }
        return ranges(expect).anyMatch(range -> StatusRange.contains(range, status));
    }

    private static Stream<String> ranges(String expect) {
        return Arrays.stream(expect.split(",", -1));
    }

    /** How backends are asked for their health. */
    public enum Type {
        /** By a GET. */
        HTTP,
        /** By a call of {@code grpc.health.v1.Health/Check}. */
        GRPC
    }
}
