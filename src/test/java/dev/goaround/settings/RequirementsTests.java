package dev.goaround.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequirementsTests {

    @Test
    void collectsWhatIsNotMet() {
        assertThatThrownBy(() -> new Requirements("group")
                        .that(true, "good", 1, "expected 1")
                        .that(false, "bad", "x", "expected y")
                        .range("small", 0, 1, 9)
                        .that(false, "unset", null, "is needed")
                        .enforce())
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessage("group.bad x: expected y; group.small 0: expected 1 to 9; group.unset: is needed");
    }

    @Test
    void passesWhatIsMet() {
        assertThatCode(() -> new Requirements("group")
                        .duration("none", null)
                        .range("one", 1, 1, 1)
                        .enforce())
                .doesNotThrowAnyException();
    }

    @ParameterizedTest(name = "{0} is refused: {1}")
    @CsvSource({
        "PT0S, true",
        "PT-1S, true",
        "PT0.000999S, true",
        "PT0.001S, false",
        "P365D, false",
        "P366D, true",
        "P106752D, true", // more nanoseconds than a long holds
        "P-106752D, true",
        "PT2562047788015215H, true"
    })
    void aDurationIsAtLeastAMillisecond(Duration value, boolean refused) {
        Requirements requirements = new Requirements("group").duration("key", value);
        if (refused) {
            assertThatThrownBy(requirements::enforce).hasMessageEndingWith("expected 1ms to 365d");
        } else {
            assertThatCode(requirements::enforce).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest(name = "{0} is refused where zero means none: {1}")
    @CsvSource({"PT0S, false", "PT-1S, true", "PT0.000999S, true", "P365D, false", "P106752D, true"})
    void aDurationMayBeZeroWhereThatMeansNone(Duration value, boolean refused) {
        Requirements requirements = new Requirements("group").durationOrZero("key", value);
        if (refused) {
            assertThatThrownBy(requirements::enforce).hasMessageEndingWith("expected 0s to 365d");
        } else {
            assertThatCode(requirements::enforce).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PT2S, 2s",
        "PT0.5S, 500ms",
        "PT-0.5S, -500ms",
        "PT1M, 60s",
        "PT0.0000005S, PT0.0000005S",
        "PT2562047788015215H0.5S, 9223372036854774000500ms"
    })
    void writesDurationsAsUsersDo(Duration value, String text) {
        assertThat(SettingText.of(value)).isEqualTo(text);
    }
}
