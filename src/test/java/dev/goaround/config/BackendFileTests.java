package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.Reading;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackendFileTests {

    private final BackendFile file = new BackendFile(
            Path.of("lists/backends.txt"), () -> new BackendDefaults(MaxConnections.valueOf(7), Protocol.AUTO, false));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://a:1\nhttps://b/base\n",
                "# two of them\n\n  http://A:1  # the first\r\n\t\nhttps://b/base",
                "\uFEFFhttp://a:1\nhttps://b/base",
                "- http://a:1\n- https://b/base\n",
                "# a comment\n---\n- http://a:1\n- url: https://b/base\n",
                "[http://a:1, https://b/base]",
                "backends: [http://a:1, https://b/base]",
                "backends:\n  - http://a:1\n  - url: https://b/base\n",
                "goaround.backends:\n- http://a:1\n- https://b/base\n",
                "goaround:\n  backends:\n  - http://a:1\n  - https://b/base\n",
                "goaround:\n  backends: http://a:1,https://b/base\n"
            })
    void readsUrlsAndYaml(String content) {
        assertThat(file.read(content)).isEqualTo(reading(spec("http://a:1", 1, 7), spec("https://b/base", 1, 7)));
    }

    @Test
    void readsWhatYamlSaysOfABackend() {
        assertThat(file.read("""
                        - url: http://a:1
                          weight: 3
                          max-connections: 50
                          backup: true
                          protocol: h2c
                        """))
                .isEqualTo(reading(
                        new BackendSpec(URI.create("http://a:1"), 3, MaxConnections.valueOf(50), true, Protocol.H2C)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nobody\n", "[]", "backends:\n", "backends: []\n", "goaround.backends:\n"})
    void anEmptyListIsOne(String content) {
        assertThat(file.read(content)).isEqualTo(reading());
    }

    @Test
    void saysWhatIsWrongAndInWhichLine() {
        assertThat(file.read("# list\nhttp//a:1\nhttp://b:1\nhttp://c:70000\n").mistakes())
                .containsExactly(
                        "goaround.backends[0] http//a:1: not a backend URL, did you mean http://a:1?"
                                + " (lists/backends.txt:2)",
                        "goaround.backends[2] http://c:70000: port 70000 does not exist, expected 1 to 65535"
                                + " (lists/backends.txt:4)");
        assertThat(file.read("http://a:1\nhttp://a:1/\n").mistakes())
                .containsExactly("goaround.backends[1] http://a:1/: duplicate backend, the same as http://a:1"
                        + " (lists/backends.txt:2)");
        assertThat(file.read("- url: http://a:1\n  weight: 0\n").mistakes())
                .containsExactly("goaround.backends[0].weight 0: expected 1 to 1000 (lists/backends.txt:2)");
        assertThat(file.read("- url: http://a:1\n  weight: 99999999999\n  max-connections: 99999999999\n")
                        .mistakes())
                .containsExactly(
                        "goaround.backends[0].weight 99999999999: expected 1 to 1000 (lists/backends.txt:2)",
                        "goaround.backends[0].max-connections 99999999999: expected 1 to 1000000 or adaptive"
                                + " (lists/backends.txt:3)");
        assertThat(file.read("- url: http://a:1\n  weight: much\n- url: nonsense\n")
                        .mistakes())
                .containsExactly("goaround.backends[0].weight much: expected a whole number (lists/backends.txt:2)");
    }

    @Test
    void whatElseIsSetIsAMistake() {
        assertThat(file.read("- url: http://a:1\n  wieght: 2\n").mistakes())
                .containsExactly("goaround.backends[0].wieght: unknown setting, did you mean"
                        + " goaround.backends[0].weight? (lists/backends.txt:2)");
        assertThat(file.read("goaround:\n  backends: http://a:1\n  health.path: /up\n")
                        .mistakes())
                .containsExactly("goaround.health.path: has no place in a file of backends, expected goaround.backends"
                        + " (lists/backends.txt:3)");
        assertThat(file.read("server.port: 3\n").mistakes())
                .containsExactly("server.port: has no place in a file of backends, expected goaround.backends"
                        + " (lists/backends.txt:1)");
    }

    @Test
    void halfYamlIsAMistake() {
        assertThat(file.read("- http://a:1\n- url: 'http://b").mistakes())
                .singleElement()
                .asString()
                .startsWith("lists/backends.txt:2: not valid YAML, ");
        assertThat(file.read("- http://a:1\n---\n- http://b:1\n").mistakes())
                .containsExactly("lists/backends.txt: not valid YAML, expected one document, not 2");
    }

    @Test
    void refersToNothingOutside() {
        assertThat(file.read("- http://a:1\n- http://${user.name}:1\n").mistakes())
                .isNotEmpty();
    }

    @Test
    void readsAThousand() {
        String content = IntStream.range(0, 1000)
                .mapToObj(i -> "- url: http://10.0." + i / 250 + "." + i % 250 + ":8080\n  weight: 2\n")
                .collect(Collectors.joining());
        assertThat(file.read(content).specs()).hasSize(1000);
    }

    private static Reading reading(BackendSpec... specs) {
        return new Reading(List.of(specs), List.of());
    }

    private static BackendSpec spec(String uri, int weight, int maxConnections) {
        return new BackendSpec(URI.create(uri), weight, maxConnections, false);
    }
}
