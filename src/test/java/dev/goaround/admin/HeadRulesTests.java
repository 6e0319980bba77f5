package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadRulesTests {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/actuator",
                "/actuator/",
                "/actuator/goaround/app-1.internal-8080",
                "/actuator/goaround/a..b",
                "/actuator/metrics/jvm.memory.used",
                "/a:b@c!$&'()*+,=~_-",
                "/caf%C3%A9/a%20b/100%25",
            })
    void takesTheOneSpellingOfAPath(String path) {
        assertThat(HeadRules.canonical(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "actuator",
                "/actuator/%67oaround",
                "/actuator/goaround;x=1",
                "/actuator;/goaround",
                "/actuator/goaround%3Bx=1",
                "//actuator/goaround",
                "/actuator//goaround",
                "/actuator/goaround//",
                "/actuator/./goaround",
                "/actuator/../actuator/goaround",
                "/actuator/goaround/..",
                "/actuator/goaround/.",
                "/actuator/%2e%2e/goaround",
                "/actuator/%2E/goaround",
                "/actuator%2Fgoaround",
                "/actuator%2fgoaround",
                "/actuator%5Cgoaround",
                "/actuator\\goaround",
                "/actuator/go%7Earound",
                "/actuator/goaround%00",
                "/actuator/goaround%0d%0aX:%20y",
                "/actuator/goaround%7F",
                "/actuator/%zz",
                "/actuator/%",
                "/actuator/%6",
                "/actuator/{id}",
                "/actuator/a b",
                "/actuator/caf\u00e9",
            })
    void refusesEveryOther(String path) {
        assertThat(HeadRules.canonical(path)).isFalse();
    }
}
