package dev.goaround.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a backend says of itself in the body of its health check. Not thread-safe. */
final class HealthReport implements ProbeReport {

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final boolean json;
    private final int limit;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int seen;

    /**
     * @param contentType the body's media type; what is not JSON is not kept
     * @param limit bytes that are enough
     */
    HealthReport(@Nullable String contentType, int limit) {
        this.json = contentType != null && isJson(contentType);
        this.limit = limit;
    }

    /** {@code application/json}, or anything with the suffix {@code +json} (RFC 6839 section 3.1). */
    private static boolean isJson(String contentType) {
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.endsWith("/json") || type.endsWith("+json");
    }

    @Override
    public void add(ByteBuf piece) {
        int more = Math.min(piece.readableBytes(), limit - seen);
        seen += more;
        if (json) {
            bytes.writeBytes(ByteBufUtil.getBytes(piece, piece.readerIndex(), more));
        }
    }

    @Override
    public boolean full() {
        return seen >= limit;
    }

    /**
     * {@inheritDoc}
     *
     * <p>That is {@code state: degraded}, or Spring Boot's {@code status: DOWN} or {@code OUT_OF_SERVICE}. A body that is no
     * JSON object, or was cut off, says nothing.
     */
    @Override
    public @Nullable String complaint() {
        if (!json) {
            return null;
        }
        try {
            JsonNode report = MAPPER.readTree(bytes.toByteArray());
            String state = report.path("state").asString("");
            if (state.equalsIgnoreCase("degraded")) {
                return "state: degraded";
            }
            String status = report.path("status").asString("");
            return status.equals("DOWN") || status.equals("OUT_OF_SERVICE") ? "status: " + status : null;
        } catch (JacksonException notJson) {
            return null;
        }
    }
}
