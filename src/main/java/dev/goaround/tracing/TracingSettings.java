package dev.goaround.tracing;

import dev.goaround.settings.Requirements;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where traces go ({@code goaround.tracing.*}).
 *
 * @param endpoint URL that takes traces by OTLP over HTTP, such as http://collector:4318/v1/traces. Unset means no traces.
 * @param ratio Share of requests that are traced, from 0 to 1, of those whose client has not decided it.
 * @param serviceName Name by which GoAround is known in traces.
 */
public record TracingSettings(
        @Nullable URI endpoint,
        @DefaultValue("0.1") double ratio,
        @DefaultValue("goaround") String serviceName) {

    public TracingSettings {
        new Requirements("goaround.tracing")
                .that(
                        endpoint == null || usable(endpoint),
                        "endpoint",
                        endpoint,
                        "expected an http or https URL, such as http://collector:4318/v1/traces")
                .that(ratio >= 0 && ratio <= 1, "ratio", ratio, "expected 0 to 1")
                .that(!serviceName.isBlank(), "service-name", serviceName, "expected a name")
                .enforce();
    }

    /** What applies without any setting. */
    public static TracingSettings none() {
        return new TracingSettings(null, 0.1, "goaround");
    }

    private static boolean usable(URI endpoint) {
        String scheme = endpoint.getScheme();
        return ("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme)) && endpoint.getHost() != null;
    }
}
