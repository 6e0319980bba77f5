package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardedNodeTests {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "203.0.113.9                   | 203.0.113.9         | 203.0.113.9",
                "203.0.113.9:51234             | 203.0.113.9         | \"203.0.113.9:51234\"",
                "\"203.0.113.9:51234\"         | 203.0.113.9         | \"203.0.113.9:51234\"",
                "203.0.113.9:_port             | 203.0.113.9         | \"203.0.113.9:_port\"",
                "2001:db8::1                   | 2001:db8:0:0:0:0:0:1 | \"[2001:db8:0:0:0:0:0:1]\"",
                "2001:DB8:0::1                 | 2001:db8:0:0:0:0:0:1 | \"[2001:db8:0:0:0:0:0:1]\"",
                "[2001:db8::1]                 | 2001:db8:0:0:0:0:0:1 | \"[2001:db8:0:0:0:0:0:1]\"",
                "[2001:db8::1]:443             | 2001:db8:0:0:0:0:0:1 | \"[2001:db8:0:0:0:0:0:1]:443\"",
                "\"[2001:db8::1]:443\"         | 2001:db8:0:0:0:0:0:1 | \"[2001:db8:0:0:0:0:0:1]:443\"",
                "1:2:3:4:5:6:7:8:443           | 1:2:3:4:5:6:7:8     | \"[1:2:3:4:5:6:7:8]:443\"",
                "2001:db8::1:51234             | 2001:db8:0:0:0:0:0:1 | \"[2001:db8:0:0:0:0:0:1]:51234\"",
                "fe80::1%eth0                  | fe80:0:0:0:0:0:0:1  | \"[fe80:0:0:0:0:0:0:1]\"",
                "[fe80::1%25eth0]:80           | fe80:0:0:0:0:0:0:1  | \"[fe80:0:0:0:0:0:0:1]:80\"",
                "::ffff:203.0.113.9            | 203.0.113.9         | 203.0.113.9",
                "[::ffff:203.0.113.9]:1        | 203.0.113.9         | \"203.0.113.9:1\"",
                "unknown                       | unknown             | unknown",
                "UNKNOWN:80                    | unknown             | \"unknown:80\"",
                "_hidden.a-b                   | _hidden.a-b         | _hidden.a-b",
                "_hidden:_1                    | _hidden             | \"_hidden:_1\"",
            })
    void everyFormOfAHopHasOneName(String text, String name, String parameter) {
        ForwardedNode node = hop(text);

        assertThat(node.name()).isEqualTo(name);
        assertThat(node.parameter()).isEqualTo(parameter);
        assertThat(node.address() == null).isEqualTo(name.startsWith("_") || name.equals("unknown"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\"\"",
                "localhost",
                "example.com:80",
                "203.0.113",
                "203.0.113.256",
                "010.0.0.1",
                "203.0.113.9:",
                "203.0.113.9:65536",
                "203.0.113.9:8a",
                "203.0.113.9%eth0",
                "[2001:db8::1",
                "[2001:db8::1]443",
                "[]",
                "2001:db8::1::2",
                "1:2:3:4",
                "1:2:3:4:5:6:7:8:9:443",
                "unix:",
                "_",
                "_a b",
                "203.0.113.9;x",
                "-",
                "\u0000"
            })
    void whatNamesNoHopIsNone(String text) {
        assertThat(ForwardedNode.parse(text)).isNull();
    }

    @Test
    void aHopIsTheSameByWhicheverPort() {
        assertThat(hop("203.0.113.9:1").sameHop(hop("::ffff:203.0.113.9"))).isTrue();
        assertThat(hop("unknown").sameHop(hop("Unknown:1"))).isTrue();
        assertThat(hop("_a").sameHop(hop("_b"))).isFalse();
        assertThat(hop("unknown").sameHop(hop("203.0.113.9"))).isFalse();
    }

    private static ForwardedNode hop(String text) {
        return Objects.requireNonNull(ForwardedNode.parse(text));
    }
}
