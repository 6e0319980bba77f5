package dev.goaround.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.goaround.settings.InvalidSettingsException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HealthSettingsTests {

    @ParameterizedTest(name = "path {0}, expect {1}: {2} passes {3}")
    @CsvSource({
        ",       ,            200, true",
        ",       ,            404, true", // a plain web server without that path is alive
        ",       ,            499, true",
        ",       ,            500, false",
        "/ready, ,            204, true",
        "/ready, ,            302, false",
        "/ready, ,            404, false",
        ",       200,         201, false",
        ",       '200-299,404', 204, true",
        ",       '200-299, 404', 404, true",
        ",       '200-299,404', 403, false",
        "/x,     503,         503, true",
    })
    void expectsWhatTheUserSaidOrAnythingAlive(
            @Nullable String path, @Nullable String expect, int status, boolean passes) {
        assertThat(settings(path, expect).expects(status)).isEqualTo(passes);
    }

    @Test
    void isExplicitOnceTheUserSaidAnything() {
        assertThat(settings(null, null).explicit()).isFalse();
        assertThat(settings("/health", null).explicit()).isTrue();
        assertThat(settings(null, "204").explicit()).isTrue();
        assertThat(settings(null, null).pathOrDefault()).isEqualTo("/health");
        assertThat(settings("/ready?full=1", null).pathOrDefault()).isEqualTo("/ready?full=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "99", "600", "200-", "-299", "299-200", "200,,404", "2xx", "200 299"})
    void refusesWhatIsNoStatus(String expect) {
        InvalidSettingsException refused =
                catchThrowableOfType(InvalidSettingsException.class, () -> settings(null, expect));
        assertThat(refused.mistakes()).hasSize(1);
        assertThat(refused.mistakes().get(0).key()).isEqualTo("goaround.health.expect");
    }

    @ParameterizedTest
    @ValueSource(strings = {"health", "", "/a b", "/a#b", "http://x/", "/\r\nX: 1"})
    void refusesWhatIsNoPath(String path) {
        InvalidSettingsException refused =
                catchThrowableOfType(InvalidSettingsException.class, () -> settings(path, null));
        assertThat(refused.mistakes().get(0).key()).isEqualTo("goaround.health.path");
    }

    @Test
    void tellsEveryMistakeAtOnce() {
        InvalidSettingsException refused = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> new HealthSettings(
                        null,
                        null,
                        Duration.ofSeconds(2),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        0,
                        HealthSettings.Type.HTTP,
                        null,
                        true,
                        false));
        assertThat(refused)
                .hasMessage("goaround.health.timeout 1s: expected at most the shorter interval (500ms);"
                        + " goaround.health.fall 0: expected 1 to 1000");
    }

    private static HealthSettings settings(@Nullable String path, @Nullable String expect) {
        Duration second = Duration.ofSeconds(1);
        return new HealthSettings(path, expect, second, second, second, 2, HealthSettings.Type.HTTP, null, true, false);
    }

    @ParameterizedTest
    @CsvSource({"GRPC, shop.v1.Orders, true", "HTTP, shop.v1.Orders, false", "GRPC, 'a b', false", "GRPC, \u00e9, false"
    })
    void aServiceIsANameOfGrpc(HealthSettings.Type type, String service, boolean accepted) {
        Duration second = Duration.ofSeconds(1);
        assertThatCode(() -> new HealthSettings(null, null, second, second, second, 2, type, service, true, false))
                .matches(thrown -> (thrown == null) == accepted);
    }

    @Test
    void springIsNotTogetherWithWhatItDecidesItself() {
        Duration second = Duration.ofSeconds(1);
        InvalidSettingsException refused = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> new HealthSettings(
                        "/ready", "204", second, second, second, 2, HealthSettings.Type.GRPC, null, true, true));
        assertThat(refused)
                .hasMessage("goaround.health.path /ready: not together with goaround.health.spring, which asks"
                        + " /actuator/health/readiness;"
                        + " goaround.health.expect 204: not together with goaround.health.spring, which goes by the status"
                        + " in the body;"
                        + " goaround.health.type grpc: not together with goaround.health.spring, which is HTTP");
        assertThat(new HealthSettings(null, null, second, second, second, 2, HealthSettings.Type.HTTP, null, true, true)
                        .pathOrDefault())
                .isEqualTo("/actuator/health/readiness");
    }
}
