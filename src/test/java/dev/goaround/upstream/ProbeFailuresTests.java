package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProbeFailuresTests {

    @ParameterizedTest(name = "{0} reads {1}")
    @MethodSource("failures")
    void readsInAFewWords(Throwable error, String words) {
        assertThat(ProbeFailures.inWords(error, Duration.ofMillis(1_500))).isEqualTo(words);
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new TimeoutException(), "timed out after 1.5s"),
                Arguments.of(new ConnectTimeoutException("a.internal:1"), "timed out after 1.5s"),
                Arguments.of(new ConnectException("finishConnect(..) failed: Connection refused: a:1"), "refused"),
                Arguments.of(new ConnectException("Network is unreachable"), "unreachable"),
                Arguments.of(new NoRouteToHostException("No route to host: a:1"), "no route to host"),
                Arguments.of(new SocketException("Connection reset"), "reset"),
                Arguments.of(new IOException("Broken pipe"), "connection broken"),
                Arguments.of(new IOException(), "connection broken"),
                Arguments.of(tls(null), "TLS: handshake failed"),
                Arguments.of(
                        tls(new CertPathValidatorException("validity", new CertificateExpiredException("NotAfter"))),
                        "TLS: certificate expired"),
                Arguments.of(tls(new CertificateException("bad")), "TLS: certificate refused"),
                Arguments.of(
                        tls(new CertificateException("No name matching a found")),
                        "TLS: certificate is for another name"),
                Arguments.of(new IllegalStateException("name of a backend"), "IllegalStateException"));
    }

    private static Throwable tls(@Nullable Throwable cause) {
        SSLHandshakeException error = new SSLHandshakeException("handshake");
        error.initCause(cause);
        return error;
    }
}
