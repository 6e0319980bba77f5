package dev.goaround.health;

import java.time.Duration;
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
        @DefaultValue("2") int fall) {}
