package dev.goaround.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.config.PortSettings.Place;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortCheckTests {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Address already in use (Bind failed) | port in use, stop what listens there or choose another",
                "Permission denied                    | permission denied, ports below 1024 are for privileged users",
                "Cannot assign requested address      | cannot listen, not an address of this machine",
                "Too many open files                  | cannot listen, Too many open files",
            })
    void tellsWhatTheSystemMeans(String message, String sentence) {
        assertThat(PortCheck.sentence(message, new Place("server.port", 80, null)))
                .isEqualTo(sentence);
    }
}
