package dev.goaround.page;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The content of the status page at one moment, as server-sent events (WHATWG HTML section 9.2): as a whole, and as what has changed
 * since the moment before. Each is serialized once for all viewers, the whole only if one needs it. Thread-safe.
 */
final class LiveFrame {

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final JsonNode content;
    private final long number;
    private final byte @Nullable [] change;
    private byte @Nullable [] whole;

    private LiveFrame(JsonNode content, long number, byte @Nullable [] change) {
        this.content = content;
        this.number = number;
        this.change = change;
    }

    /** The first frame, which has nothing to differ from. */
    static LiveFrame first(JsonNode content) {
        return new LiveFrame(content, 1, null);
    }

    /** The frame after this one. */
    LiveFrame next(JsonNode now) {
        JsonNode delta = JsonDelta.between(content, now);
        byte[] event = event("event: change\n", delta == null ? MAPPER.createObjectNode() : delta);
        return new LiveFrame(now, number + 1, event);
    }

    /** The number of this frame among those that follow one another, from 1 on. */
    long number() {
        return number;
    }

    /** Returns the event that brings a viewer here who was sent the frame of this number last; 0 for no frame yet. */
    byte[] since(long sent) {
        return change != null && sent == number - 1 ? change : whole();
    }

    private synchronized byte[] whole() {
        if (whole == null) {
            whole = event("", content);
        }
        return whole;
    }

    private static byte[] event(String name, JsonNode data) {
        return (name + "data: " + MAPPER.writeValueAsString(data) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
