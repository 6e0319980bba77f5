package dev.goaround.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpanTests {

    @ParameterizedTest(name = "{0} reads {1}")
    @CsvSource({
        "PT0S, 0ms",
        "PT-5S, 0ms", // the clock was set back
        "PT0.35S, 350ms",
        "PT1S, 1s",
        "PT1.55S, 1.5s",
        "PT12.9S, 12s",
        "PT59.9S, 59s",
        "PT3M59S, 3m",
        "PT60M, 1h",
        "PT23H59M, 23h",
        "PT49H, 2d",
    })
    void readsAsPeopleSayIt(Duration length, String words) {
        assertThat(new Span(length)).hasToString(words);
    }
}
