package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdlePatienceTests {

    private final IdlePatience patience = new IdlePatience();
    private long now = 1_000_000_000_000L;

    @Test
    void isShortWhileNothingIsKnown() {
        assertThat(limit()).isEqualTo(Duration.ofSeconds(4));
    }

    @ParameterizedTest
    @CsvSource({
        "timeout=5, 4000",
        "'timeout=10, max=100', 8000",
        "'max=100, Timeout=1', 800",
        "timeout=0, 0",
        "timeout=600, 60000",
        "timeout=x, 4000",
        "timeout=, 4000",
        "timeout=99999999999999999999, 4000",
        "timeout=-1, 4000",
    })
    void staysAFifthBelowWhatTheBackendSays(String field, long millis) {
        patience.announced(field);
        assertThat(limit()).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void learnsFromClosesAfterTheSameTime() {
        closed(1000);
        closed(1100);
        assertThat(limit()).isEqualTo(Duration.ofSeconds(4));
        closed(1050);
        assertThat(limit()).isEqualTo(Duration.ofMillis(800));
    }

    @Test
    void learnsFromClosesAlmostAtOnce() {
        closed(0);
        closed(5);
        closed(2);
        assertThat(limit()).isEqualTo(Duration.ZERO);
    }

    @Test
    void learnsNothingFromClosesAtAnyAge() {
        for (int i = 1; i < 20; i++) {
            closed(i % 2 == 0 ? 500 : 2500);
        }
        assertThat(limit()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void takesManyClosesAtOnceForTheEndOfTheBackend() {
        for (int i = 0; i < 20; i++) {
            patience.closedAfter(Duration.ofMillis(1300).toNanos(), now + i);
        }
        assertThat(limit()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void learnsNothingFromClosesFarApart() {
        for (int i = 0; i < 4; i++) {
            closed(1);
            now += Duration.ofMinutes(6).toNanos();
        }
        closed(1);
        assertThat(limit()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void forgetsWhatItHasSeen() {
        closed(100);
        closed(100);
        closed(100);
        assertThat(limit()).isEqualTo(Duration.ofMillis(80));
        now += Duration.ofMinutes(6).toNanos();
        assertThat(limit()).isEqualTo(Duration.ofSeconds(4));
    }

    private void closed(long idleMillis) {
        now += Duration.ofSeconds(2).toNanos();
        patience.closedAfter(Duration.ofMillis(idleMillis).toNanos(), now);
    }

    private Duration limit() {
        return Duration.ofNanos(patience.limit(now));
    }
}
