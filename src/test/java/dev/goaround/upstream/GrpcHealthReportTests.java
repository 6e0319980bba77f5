package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcHealthReportTests {

    @Test
    void asksForAServiceOrTheServer() {
        assertThat(ByteBufUtil.hexDump(GrpcHealthReport.question(null))).isEqualTo("0000000000");
        assertThat(ByteBufUtil.hexDump(GrpcHealthReport.question("ab"))).isEqualTo("00000000040a026162");
    }

    @ParameterizedTest
    @CsvSource({
        "0000000002|0801, 0,",
        "0000000000, 0, status: UNKNOWN",
        "00000000020802, 0, status: NOT_SERVING",
        "00000000020803, 0, status: SERVICE_UNKNOWN",
        "00000000020801, 5, grpc-status 5",
        "00000000020801, , grpc-status missing",
        "'', 12, grpc-status 12"
    })
    void readsTheStatus(String body, @Nullable String grpcStatus, @Nullable String complaint) {
        GrpcHealthReport report =
                new GrpcHealthReport(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
        for (String piece : body.split("\\|", -1)) {
            report.add(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(piece)));
        }
        if (grpcStatus != null) {
            report.trailers(new DefaultHttpHeaders().set("grpc-status", grpcStatus));
        }

        assertThat(report.complaint()).isEqualTo(complaint);
    }

    @Test
    void anythingButGrpcIsNoAnswer() {
        assertThat(new GrpcHealthReport(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND))
                        .complaint())
                .isEqualTo("answered 404, not gRPC");
    }
}
