package dev.goaround.upstream;

import dev.goaround.health.ProbeResult.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answer of gRPC's health service, {@code grpc.health.v1.Health/Check}: one message, whose first field is the status, and
 * {@code grpc-status} in the trailers.
 */
final class GrpcHealthReport implements ProbeReport {

    /** What is called. */
    static final String PATH = "/grpc.health.v1.Health/Check";

    /** Before a message: whether it is compressed, and its length in four bytes. */
    private static final int PREFIX = 5;

    private static final int LIMIT = 1024;
    private static final int SERVICE_FIELD = 0x0a;
    private static final int STATUS_FIELD = 0x08;
    private static final int SERVING = 1;
    private static final String[] STATUSES = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};

    private final int httpStatus;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private @Nullable String grpcStatus;

    GrpcHealthReport(HttpResponse head) {
        this.httpStatus = head.status().code();
        this.grpcStatus = head.headers().get("grpc-status");
    }

    /** Returns the message that asks for the health of a service, or of the server as a whole. */
    static byte[] question(@Nullable String service) {
        byte[] name = service == null ? new byte[0] : service.getBytes(StandardCharsets.UTF_8);
        int length = name.length == 0 ? 0 : 2 + name.length;
        ByteBuffer message = ByteBuffer.allocate(PREFIX + length).put((byte) 0).putInt(length);
        if (length > 0) {
            message.put((byte) SERVICE_FIELD).put((byte) name.length).put(name);
        }
        return message.array();
    }

    @Override
    public void add(ByteBuf piece) {
        int more = Math.min(piece.readableBytes(), LIMIT - bytes.size());
        bytes.writeBytes(ByteBufUtil.getBytes(piece, piece.readerIndex(), more));
    }

    @Override
    public void trailers(HttpHeaders trailers) {
        grpcStatus = trailers.get("grpc-status", grpcStatus);
    }

    @Override
    public boolean full() {
        return bytes.size() >= LIMIT;
    }

    @Override
    public @Nullable Finding finding() {
        String complaint = complaint();
        return complaint == null ? null : new Finding(Verdict.FAILED, complaint);
    }

    /** Returns in which words the answer says that not all is well, or null if it does not. */
    @Nullable
    String complaint() {
        if (httpStatus != 200) {
            return "answered " + httpStatus + ", not gRPC";
        }
        if (!"0".equals(grpcStatus)) {
            return "grpc-status " + (grpcStatus == null ? "missing" : ReportedText.of(grpcStatus, 20));
        }
        byte[] message = bytes.toByteArray();
        boolean said = message.length >= PREFIX + 2 && message[PREFIX] == STATUS_FIELD;
        int status = said ? message[PREFIX + 1] : 0;
        if (status == SERVING) {
            return null;
        }
        return "status: " + (status >= 0 && status < STATUSES.length ? STATUSES[status] : status);
    }
}
