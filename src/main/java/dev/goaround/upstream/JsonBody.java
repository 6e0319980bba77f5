package dev.goaround.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The body of an answer that may be JSON, up to a bound. Not thread-safe. */
final class JsonBody {

    /** Large enough for any health report; a page served in its place is not worth more. */
    static final int LIMIT = 64 * 1024;

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final boolean json;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int seen;
    private boolean cut;

    /** The body below this head; what is not JSON is not kept. */
    JsonBody(HttpResponse head) {
        String contentType = head.headers().get(HttpHeaderNames.CONTENT_TYPE);
        this.json = contentType != null && isJson(contentType);
    }

    /** {@code application/json}, or anything with the suffix {@code +json} (RFC 6839 section 3.1). */
    private static boolean isJson(String contentType) {
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.endsWith("/json") || type.endsWith("+json");
    }

    /** Adds a piece, which stays the caller's. */
    void add(ByteBuf piece) {
        int more = Math.min(piece.readableBytes(), LIMIT - seen);
        cut |= more < piece.readableBytes();
        seen += more;
        if (json) {
            bytes.writeBytes(ByteBufUtil.getBytes(piece, piece.readerIndex(), more));
        }
    }

    /** Whether nothing more is wanted. A body that is exactly as long as the bound still ends first. */
    boolean full() {
        return cut;
    }

    /** Whether this is JSON, but longer than the bound. */
    boolean tooLong() {
        return json && cut;
    }

    /** Returns the body as JSON, or null if it is none, or was cut off. */
    @Nullable
    JsonNode tree() {
        if (!json) {
            return null;
        }
        try {
            return MAPPER.readTree(bytes.toByteArray());
        } catch (JacksonException notJson) {
            return null;
        }
    }
}
