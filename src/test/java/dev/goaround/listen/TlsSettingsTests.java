package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.goaround.settings.InvalidSettingsException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "/a?b", "/a/../b", "/%2E/", "/a%2fb", "/*", "/a/**"})
    void aPlainPathIsOneThatRequestsCanHave(String path) {
        assertThatThrownBy(() -> with(80, null, path))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("plain-paths[0]");
    }

    @Test
    void plainPathsNeedAPortThatHasThem() {
        assertThat(with(80, null, "/x").plainPaths()).containsExactly("/x");
        assertThatThrownBy(() -> with(null, null, "/x"))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("goaround.tls.redirect-port");
    }

    private static TlsSettings with(int publicPort) {
        return with(null, publicPort, TlsSettings.ACME);
    }

    private static TlsSettings with(@Nullable Integer redirectPort, @Nullable Integer publicPort, String plainPath) {
        Path file = Path.of("unread");
        return new TlsSettings(
                file,
                file,
                null,
                List.of(),
                TlsSettings.ClientAuth.NONE,
                null,
                redirectPort,
                publicPort,
                List.of(plainPath));
    }
}
