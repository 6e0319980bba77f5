package dev.goaround.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookupTests {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final DnsSettings SETTINGS =
            new DnsSettings(List.of(), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(60), 1000);
    private static final List<Place> PLACES = List.of(Place.of("10.0.0.1"));

    @ParameterizedTest(name = "a TTL of {0} s is asked for again after {1} s, or {2} s at the latest")
    @CsvSource({"0, 5, 5.5", "4, 5, 5.5", "5, 5, 5.5", "30, 30, 33", "60, 60, 66", "86400, 60, 66"})
    void asksAgainByTheTtlWithinItsBounds(long ttl, double earliest, double latest) {
        Answer answer = Answer.found(PLACES, Duration.ofSeconds(ttl));
        assertThat(Lookup.due(START).after(answer, SETTINGS, 1000, START, 0).due())
                .isEqualTo(seconds(earliest));
        assertThat(Lookup.due(START).after(answer, SETTINGS, 1000, START, 1).due())
                .isEqualTo(seconds(latest));
    }

    /** Each letter is an answer, and a digit waits as many times 10 s: f found, s servfail, x nxdomain. */
    @ParameterizedTest(name = "{0} leaves {1}")
    @CsvSource({
        "f,        known",
        "fs,       known",
        "f9s9s9s,  known", // a name server that fails takes nothing back, however long
        "fx,       known",
        "fx5x,     known",
        "fx6x,     gone", // max-ttl is 60 s
        "fx3x3x,   gone",
        "fx3xs3x,  known", // one that fails is no witness
        "fx5xf5x,  known",
        "fx6xf,    known",
        "x,        gone",
        "s,        gone",
    })
    void keepsTheLastGoodAnswer(String events, String expected) {
        Lookup lookup = after(events);
        assertThat(lookup.places()).isEqualTo(expected.equals("known") ? PLACES : List.of());
        assertThat(lookup.answered()).isTrue();
    }

    @Test
    void asksAgainSoonWhileAnythingMayBeLost() {
        Instant now = START.plusSeconds(50);
        assertThat(after("f5s").due()).isEqualTo(now.plusSeconds(5));
        assertThat(after("f5x").due()).isEqualTo(now.plusSeconds(5));
        assertThat(after("5s").due()).isEqualTo(now.plusSeconds(5));
    }

    @Test
    void asksLessAndLessOftenForWhatIsNotThere() {
        assertThat(after("x").due()).isEqualTo(START.plusSeconds(5));
        assertThat(after("x1x").due()).isEqualTo(START.plusSeconds(10 + 10));
        assertThat(after("x1x3x").due()).isEqualTo(START.plusSeconds(40 + 40));
        assertThat(after("x9x").due()).isEqualTo(START.plusSeconds(90 + 60));
    }

    private static Lookup after(String events) {
        Instant now = START;
        Lookup lookup = Lookup.due(START);
        for (int i = 0; i < events.length(); i++) {
            char event = events.charAt(i);
            switch (event) {
                case 'f' -> lookup = lookup.after(Answer.found(PLACES, Duration.ofSeconds(30)), SETTINGS, 1000, now, 0);
                case 's' -> lookup = lookup.after(Answer.failed("SERVFAIL"), SETTINGS, 1000, now, 0);
                case 'x' -> lookup = lookup.after(Answer.absent("NXDOMAIN"), SETTINGS, 1000, now, 0);
                default -> now = now.plusSeconds(10L * (event - '0'));
            }
        }
        return lookup;
    }

    private static Instant seconds(double after) {
        return START.plusMillis((long) (after * 1000));
    }
}
