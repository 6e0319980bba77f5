package dev.goaround.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusRangeTests {

    @ParameterizedTest(name = "{0} is a range: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "404      | true",
                "' 404 '  | true",
                "500-504  | true",
                "500-500  | true",
                "400-599  | true",
                "''       | false",
                "abc      | false",
                "40       | false",
                "399      | false", // below the least
                "399-404  | false",
                "600      | false",
                "504-500  | false",
                "500-     | false",
                "500-50   | false",
                "5xx      | false",
                "500,502  | false"
            })
    void isOneStatusOrThoseBetweenTwo(String text, boolean valid) {
        assertThat(StatusRange.valid(text, 400)).isEqualTo(valid);
    }

    @Test
    void holdsItsEndsAndWhatIsBetween() {
        assertThat(StatusRange.contains("500-504", 499)).isFalse();
        assertThat(StatusRange.contains("500-504", 500)).isTrue();
        assertThat(StatusRange.contains("500-504", 502)).isTrue();
        assertThat(StatusRange.contains("500-504", 504)).isTrue();
        assertThat(StatusRange.contains("500-504", 505)).isFalse();
        assertThat(StatusRange.contains(" 404", 404)).isTrue();
        assertThat(StatusRange.contains("404", 403)).isFalse();
    }
}
