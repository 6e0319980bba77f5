package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTokenTests {

    private static final String GOOD = "0123456789abcdef";

    @TempDir
    private Path folder;

    @Test
    void isReadAgainWhenItsFileChanges() throws IOException {
        Path file = Files.writeString(folder.resolve("token"), GOOD + "\n");
        AccessToken token = new AccessToken(settings(null, file));
        assertThat(token.configured()).isTrue();
        assertThat(token.matches("Bearer " + GOOD)).isTrue();

        Files.writeString(file, "another-0123456789\n");
        assertThat(token.matches("Bearer " + GOOD)).isFalse();
        assertThat(token.matches("Bearer another-0123456789")).isTrue();

        Files.writeString(file, "");
        assertThat(token.matches("Bearer ")).isFalse();
        Files.delete(file);
        assertThat(token.matches("Bearer another-0123456789")).isFalse();
        assertThat(token.configured()).isTrue();
    }

    @Test
    void neverMatchesWhereThereIsNone() {
        AccessToken none = new AccessToken(settings(null, null));
        assertThat(none.configured()).isFalse();
        assertThat(none.matches("Bearer null")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "with a space in it", "umlaut-öööööööööööö"})
    void mustBeHardToGuessAndFitAField(String token) throws IOException {
        assertThatThrownBy(() -> settings(token, null))
                .hasMessageContaining("expected at least 16 visible characters of ASCII without a space");
        assertThat(AccessToken.fault(Files.writeString(folder.resolve("token"), token)))
                .startsWith("does not hold a token");
        assertThat(AccessToken.fault(folder.resolve("none"))).isEqualTo("no such file");
    }

    @Test
    void isNotShown() {
        assertThat(settings(GOOD, null).toString()).doesNotContain(GOOD);
        assertThatThrownBy(() -> settings(GOOD, folder)).hasMessageContaining("there is a token already");
    }

    private static ManagementSettings settings(@Nullable String token, @Nullable Path file) {
        return new ManagementSettings(token, file, List.of(), null);
    }
}
