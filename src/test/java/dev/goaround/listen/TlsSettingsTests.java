package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.goaround.settings.InvalidSettingsException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsSettingsTests {

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65_536})
    void aPublicPortIsOneThatClientsCanReach(int port) {
        assertThatThrownBy(() -> with(port)).isInstanceOf(InvalidSettingsException.class);
    }

    @Test
    void aPublicPortMayBeAnyOther() {
        assertThat(with(443).publicPort()).isEqualTo(443);
    }

    private static TlsSettings with(int publicPort) {
        Path file = Path.of("unread");
        return new TlsSettings(
                file, file, null, List.of(), TlsSettings.ClientAuth.NONE, null, null, publicPort, List.of());
    }
}
