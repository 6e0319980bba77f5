package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class SettingsTreeTests {

    @Test
    void tellsWhatDiffersByKey() {
        GoAroundProperties before = settings(Map.of(
                "goaround.backends[0]", "http://a:1",
                "goaround.retry.buffer-size", "64KB",
                "goaround.request-timeout", "90s"));
        GoAroundProperties after = settings(Map.of(
                "goaround.backends[0]", "http://a:1",
                "goaround.backends[1].url", "http://b:2",
                "goaround.backends[1].weight", "3",
                "goaround.balance.policy", "two-choices",
                "goaround.retry.buffer-size", "1500B",
                "goaround.retry.statuses", "503"));
        assertThat(lines(before, after))
                .containsExactly(
                        "goaround.backends: [http://a:1] -> [http://a:1, http://b:2 weight 3]",
                        "goaround.balance.policy: least-requests -> two-choices",
                        "goaround.retry.statuses: [502, 503, 504] -> [503]",
                        "goaround.retry.buffer-size: 64KB -> 1500B",
                        "goaround.request-timeout: 90s -> unset");
        assertThat(lines(after, after)).isEmpty();
    }

    @Test
    void showsNoSecret() {
        GoAroundProperties before = settings(Map.of("goaround.balance.sticky.secret", "0123456789abcdef"));
        GoAroundProperties after = settings(Map.of("goaround.balance.sticky.secret", "fedcba9876543210"));
        assertThat(lines(before, after)).containsExactly("goaround.balance.sticky.secret: changed");
        assertThat(lines(settings(Map.of()), after)).containsExactly("goaround.balance.sticky.secret: unset -> ******");
    }

    @Test
    void takesOverSomeKeysAndKeepsTheOthers() {
        GoAroundProperties running = settings(Map.of());
        GoAroundProperties wanted = settings(Map.of(
                "goaround.upstream.response-timeout", "3s",
                "goaround.upstream.tls-version", "1.3",
                "goaround.listen.header-timeout", "3s",
                "goaround.health.fall", "5"));
        GoAroundProperties merged = SettingsTree.merged(running, wanted, LiveKeys::live);
        assertThat(lines(running, merged))
                .containsExactly("goaround.health.fall: 2 -> 5", "goaround.upstream.response-timeout: 30s -> 3s");
        assertThat(merged.listen()).isEqualTo(running.listen());
    }

    private static List<String> lines(GoAroundProperties before, GoAroundProperties after) {
        return SettingsTree.differences(before, after).stream()
                .map(Difference::toString)
                .toList();
    }

    private static GoAroundProperties settings(Map<String, Object> properties) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", new LinkedHashMap<>(properties)));
        return SettingsReader.read(environment);
    }
}
