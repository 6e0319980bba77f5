package dev.goaround.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventLogTests {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final Clock clock = Clock.fixed(NOON, ZoneOffset.UTC);
    private final BackendPool pool =
            new BackendPool(Balancers.named("least-requests").orElseThrow(), clock);
    private final EventLog log = new EventLog(clock);
    private final List<StateEvent> told = new ArrayList<>();

    @BeforeEach
    void follow() {
        pool.whenChanged(() -> log.follow(pool.snapshot()));
    }

    private static BackendSpec spec(int port, int weight) {
        return new BackendSpec(URI.create("http://app:" + port), weight, 10, false);
    }

    private Backend backend(int index) {
        return pool.snapshot().members().get(index).backend();
    }

    private static String words(StateEvent event) {
        return event.type() + " " + event.backend() + " " + event.from() + " " + event.to() + " " + event.cause();
    }

    @Test
    void everyChangeIsAnEvent() {
        pool.replace(List.of(spec(1, 1), spec(2, 1)));
        pool.report(backend(0), Health.HEALTHY, "probe answered 200");
        pool.report(backend(0), Health.HEALTHY, "probe answered 204");
        pool.replace(List.of(spec(1, 5)));
        pool.report(backend(0), Health.DEGRADED, "refused");

        assertThat(log.latest())
                .extracting(EventLogTests::words)
                .containsExactly(
                        "JOINED app-1 null degraded not probed yet",
                        "JOINED app-2 null degraded not probed yet",
                        "HEALTH app-1 degraded healthy probe answered 200",
                        "WEIGHT app-1 1 5 null",
                        "LEFT app-2 degraded null null",
                        "HEALTH app-1 healthy degraded refused");
        assertThat(log.latest()).extracting(StateEvent::id).isSorted().doesNotHaveDuplicates();
        assertThat(log.latest().get(0).id()).isGreaterThan(NOON.toEpochMilli());
        assertThat(log.latest().get(0).at()).isEqualTo(NOON);
        assertThat(log.latest().get(0).url()).isEqualTo("http://app:1");
    }

    @Test
    void theLatestAreKept() {
        pool.replace(List.of(spec(1, 1)));
        for (int i = 0; i < 300; i++) {
            pool.report(backend(0), i % 2 == 0 ? Health.HEALTHY : Health.DEGRADED, "flip " + i);
        }

        assertThat(log.latest()).hasSize(EventLog.CAPACITY);
        assertThat(log.latest().get(EventLog.CAPACITY - 1).cause()).isEqualTo("flip 299");
        long oldest = log.latest().get(0).id();
        assertThat(log.missed(oldest - 1)).isFalse();
        assertThat(log.missed(oldest - 2)).isTrue();
    }

    @Test
    void watchersAreToldFromWhereTheyLeft() {
        pool.replace(List.of(spec(1, 1), spec(2, 1)));
        long first = log.latest().get(0).id();
        log.watch(told::add, first);
        pool.report(backend(0), Health.HEALTHY, "good");

        assertThat(told).extracting(StateEvent::id).containsExactly(first + 1, first + 2);
    }

    @Test
    void oneWhoCanNotTakeMoreIsForgotten() {
        log.watch(
                event -> {
                    told.add(event);
                    return told.size() < 2;
                },
                null);
        pool.replace(List.of(spec(1, 1), spec(2, 1), spec(3, 1)));

        assertThat(told).hasSize(2);
    }

    @Test
    void thereIsABoundOnWatchers() {
        for (int i = 0; i < 64; i++) {
            assertThat(log.full()).isFalse();
            assertThat(log.watch(event -> true, null)).isTrue();
        }
        assertThat(log.full()).isTrue();
        assertThat(log.watch(event -> true, null)).isFalse();
    }

    @Test
    void oneWhoLeavesIsToldNothing() {
        EventLog.Watcher watcher = told::add;
        log.watch(watcher, null);
        log.leave(watcher);
        pool.replace(List.of(spec(1, 1)));

        assertThat(told).isEmpty();
    }
}
