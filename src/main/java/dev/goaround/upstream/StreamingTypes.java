package dev.goaround.upstream;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Media types of bodies that are messages sent as they come about, so that silence between two of them means nothing. */
final class StreamingTypes {

    private static final Set<String> TYPES = Set.of(
            "text/event-stream",
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/jsonlines",
            "application/x-jsonlines",
            "application/json-seq",
            "application/stream+json",
            "application/geo+json-seq",
            "multipart/x-mixed-replace");

    private StreamingTypes() {}

    /** Whether a body of this {@code Content-Type} is one. */
    static boolean include(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        String whole = contentType.toLowerCase(Locale.ROOT);
        int parameters = whole.indexOf(';');
        String type = parameters < 0 ? whole : whole.substring(0, parameters);
        // Kubernetes names its watches by a parameter.
        return TYPES.contains(type.strip()) || grpc(type) || (parameters >= 0 && whole.contains("stream=watch"));
    }

    /** Whether a message of this {@code Content-Type} is of gRPC, in one of its forms, or of Connect's streams. */
    static boolean grpc(@Nullable String contentType) {
        return contentType != null
                && (contentType.regionMatches(true, 0, "application/grpc", 0, 16)
                        || contentType.regionMatches(true, 0, "application/connect+", 0, 20));
    }
}
