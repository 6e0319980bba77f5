package dev.goaround.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagParserTests {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-p 3000",
                "-p=3000",
                "--p 3000",
                "--p=3000",
                "--port 3000",
                "--port=3000",
                "-port 3000",
                "-port=3000"
            })
    void oneDashOrTwoASpaceOrAnEqualsSign(String line) {
        Flags flags = parse(line);
        assertThat(flags.mistakes()).isEmpty();
        assertThat(flags.settings()).isEqualTo(Map.of("server.port", "3000"));
    }

    @ParameterizedTest
    @CsvSource({
        "-n 5,                   goaround.upstream.max-connections, 5,    -n",
        "--max-connections=5,    goaround.upstream.max-connections, 5,    --max-connections",
        "-n -5,                  goaround.upstream.max-connections, -5,   -n",
        "-cacert a.pem,          goaround.tls.certificate,          a.pem, -cacert",
        "--cacert=a.pem,         goaround.tls.certificate,          a.pem, --cacert",
        "-privkey k.pem,         goaround.tls.private-key,          k.pem, -privkey",
        "--management-port 3001, management.server.port,            3001, --management-port",
        "--demo,                 goaround.demo,                     true, --demo",
        "-b http://a,            goaround.backends[0],              http://a, -b",
    })
    void aFlagIsASettingThatRemembersItsFlag(String line, String key, String value, String flag) {
        Flags flags = parse(line);
        assertThat(flags.mistakes()).isEmpty();
        assertThat(flags.settings()).containsExactly(Map.entry(key, value));
        assertThat(flags.origins()).containsExactly(Map.entry(key, flag));
    }

    @Test
    void backendsAddUp() {
        assertThat(parse("-b http://a -b=http://b --backend http://c?x=1").settings())
                .containsExactly(
                        Map.entry("goaround.backends[0]", "http://a"),
                        Map.entry("goaround.backends[1]", "http://b"),
                        Map.entry("goaround.backends[2]", "http://c?x=1"));
    }

    @Test
    void propertiesArePassedOn() {
        Flags flags =
                parse("--server.address=::1 -p 1 --goaround.backends[0].weight=2 --spring.main.lazy-initialization");
        assertThat(flags.properties())
                .containsExactly(
                        "--server.address=::1", "--goaround.backends[0].weight=2", "--spring.main.lazy-initialization");
        assertThat(flags.mistakes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"-h, HELP", "--help, HELP", "-help, HELP", "-V, VERSION", "--version, VERSION", "--check, CHECK"})
    void requestsAreNoSettings(String line, Flag flag) {
        Flags flags = parse(line);
        assertThat(flags.asksFor(flag)).isTrue();
        assertThat(flags.settings()).isEmpty();
        assertThat(flags.mistakes()).isEmpty();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--prot 3000      | --prot: unknown flag, did you mean --port?",
                "-cacrt=x         | -cacrt: unknown flag, did you mean -cacert?",
                "--bakend http://a | --bakend: unknown flag, did you mean --backend?",
                "--maxconnections 3 | --maxconnections: unknown flag, did you mean --max-connections?",
                "-x               | -x: unknown flag, --help lists them",
                "-P 3000          | -P: unknown flag, --help lists them",
                "-p3000           | -p3000: unknown flag, --help lists them",
                "-server.port=1   | -server.port: unknown flag, did you mean --server.port?",
                "--               | --: unknown flag, --help lists them",
                "stray            | stray: unexpected argument, flags begin with a dash",
                "@file            | @file: unexpected argument, flags begin with a dash",
                "-5               | -5: unexpected argument, flags begin with a dash",
                "-p               | -p: needs a value, -p PORT",
                "-p=              | -p: needs a value, -p PORT",
                "-b -p 3000       | -b: needs a value, -b URL",
                "-b --server.port=1 | -b: needs a value, -b URL",
                "--check=yes      | --check=yes: the flag takes no value",
                "--demo=false     | --demo=false: the flag takes no value",
                "-p 1 --port=2    | -p 2: given already, as 1",
            })
    void aMistakeIsOneSentence(String line, String sentence) {
        assertThat(parse(line).mistakes()).containsExactly(sentence);
    }

    private static Flags parse(String line) {
        return FlagParser.parse(line.split(" ", -1));
    }
}
