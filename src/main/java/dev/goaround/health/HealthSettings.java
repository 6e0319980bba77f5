package dev.goaround.health;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How backends are probed ({@code goaround.health.*}).
 *
 * @param path path that is asked; unset means {@code /health}, where any answer below 500 passes
 * @param expect statuses that pass, as {@code 200-299,404}; unset means 2xx if a path is set, else any below 500
 * @param interval time between probes of a healthy backend
 * @param degradedInterval time between probes of a degraded backend
 * @param timeout longest wait for one probe; at most the shorter interval, so that rounds do not overlap
 * @param fall failed probes in a row that degrade a healthy backend
 */
public record HealthSettings(
        @Nullable String path,
        @Nullable String expect,
        @DefaultValue("2s") Duration interval,
        @DefaultValue("1s") Duration degradedInterval,
        @DefaultValue("1s") Duration timeout,
        @DefaultValue("2") int fall) {

    /** Whether the user set what is asked or what passes. */
    public boolean explicit() {
        return path != null || expect != null;
    }

    /** The path to ask for. */
    public String pathOrDefault() {
        return path == null ? "/health" : path;
    }

    /** Whether an answer with this status passes. */
    public boolean expects(int status) {
        if (expect == null) {
            return explicit() ? status >= 200 && status <= 299 : status < 500;
        }
        return Arrays.stream(expect.split(",")).map(String::strip).anyMatch(range -> within(range, status));
    }

    private static boolean within(String range, int status) {
        int dash = range.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash).strip());
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1).strip());
        return first <= status && status <= last;
    }
}
