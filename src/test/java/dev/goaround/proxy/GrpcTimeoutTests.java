package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcTimeoutTests {

    @ParameterizedTest
    @CsvSource({
        "1H, PT1H",
        "2M, PT2M",
        "3S, PT3S",
        "400m, PT0.4S",
        "5u, PT0.000005S",
        "6n, PT0.000000006S",
        "9999999S, PT9999999S",
        "99999999H, P365D"
    })
    void isANumberAndAUnit(String value, Duration time) {
        assertThat(GrpcTimeout.of(headers("application/grpc+proto", value))).isEqualTo(time);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "1", "1s", "-1S", "1.5S", "123456789S", "1 S"})
    void isNothingElse(String value) {
        assertThat(GrpcTimeout.of(headers("application/grpc", value))).isNull();
    }

    @Test
    void isForGrpcOnly() {
        assertThat(GrpcTimeout.of(headers("text/plain", "1S"))).isNull();
        assertThat(GrpcTimeout.of(new DefaultHttpHeaders())).isNull();
    }

    private static HttpHeaders headers(String type, String timeout) {
        return new DefaultHttpHeaders().set("content-type", type).set("grpc-timeout", timeout);
    }
}
