package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.actuate.endpoint.SanitizableData;

class HiddenValuesTests {

    private final HiddenValues hidden = new HiddenValues();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "goaround.management.token",
                "GOAROUND_MANAGEMENT_TOKEN",
                "goaround.managementToken",
                "goaround.balance.sticky.secret",
                "GOAROUND_BALANCE_STICKY_SECRET",
                "server.ssl.key-store-password",
                "spring.ssl.bundle.pem.a.keystore.private-key",
                "SSL_PRIVATE_KEY",
                "some.api-key",
                "AWS_SECRET_ACCESS_KEY",
                "sun.java.command",
                "JAVA_TOOL_OPTIONS",
                "JDK_JAVA_OPTIONS",
                "JAVA_OPTS",
                "SPRING_APPLICATION_JSON",
                "OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION",
            })
    void hidesSecretsByTheirNames(String key) {
        assertThat(shown(key, "hunter2")).isEqualTo(SanitizableData.SANITIZED_VALUE);
    }

    @ParameterizedTest
    @CsvSource({
        "goaround.backends[0], http://user:hunter2@app:80",
        "goaround.backends, http://app:80 http://hunter2@app:81",
        "my.pem, -----BEGIN PRIVATE KEY-----",
        "my.pem, -----BEGIN EC PRIVATE KEY-----"
    })
    void hidesSecretsByWhatTheyLookLike(String key, String value) {
        assertThat(shown(key, value)).isEqualTo(SanitizableData.SANITIZED_VALUE);
    }

    @ParameterizedTest
    @CsvSource({
        "server.port, 3000",
        "goaround.backends[0], http://app:80/a@b",
        "goaround.balance.hash-key, header:X-User",
        "goaround.tls.certificate, /etc/cert.pem",
        "goaround.balance.sticky.cookie, GOAROUND",
        "java.version, 25"
    })
    void showsTheRest(String key, String value) {
        assertThat(shown(key, value)).isEqualTo(value);
    }

    private @Nullable Object shown(String key, String value) {
        return hidden.apply(new SanitizableData(null, key, value)).getValue();
    }
}
