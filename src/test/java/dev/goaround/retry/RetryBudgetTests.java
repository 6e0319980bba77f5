package dev.goaround.retry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.Patience;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryBudgetTests {

    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final RetryBudget budget = new RetryBudget(() -> 20, () -> 3, now::get);

    @Test
    void withoutTrafficTheFloorOfTenSecondsIsThere() {
        assertThat(withdrawals(100)).isEqualTo(30);
    }

    @Test
    void aFifthOfTheRequestsOfTheLastSecondsMayBeRepeated() {
        requests(1_000);
        assertThat(withdrawals(1_000)).isEqualTo(200);
    }

    @Test
    void whatWasLongAgoCountsNeitherWay() {
        requests(1_000);
        assertThat(withdrawals(1_000)).isEqualTo(200);
        seconds(10);
        assertThat(withdrawals(1_000)).isEqualTo(30);
    }

    @Test
    void aLongPauseIsNoSaving() {
        requests(1_000);
        seconds(3_600);
        assertThat(withdrawals(1_000)).isEqualTo(30);
    }

    @Test
    void noneIsAllowedWhereTheBudgetIsNothing() {
        RetryBudget none = new RetryBudget(() -> 0, () -> 0, now::get);
        none.request();
        assertThat(none.withdraw()).isFalse();
    }

    /** Whatever happens when: the repeats of any ten seconds are within the share of the requests of that time, or the floor. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void staysWithinTheBudgetWhateverHappensWhen(long seed) {
        Random random = new Random(seed);
        Deque<Long> requested = new ArrayDeque<>();
        Deque<Long> repeated = new ArrayDeque<>();
        for (int step = 0; step < 20_000; step++) {
            now.addAndGet((long) (random.nextDouble() * random.nextInt(1, 200) * 1_000_000));
            if (random.nextInt(100) < 55) {
                budget.request();
                requested.add(now.get());
            } else if (budget.withdraw()) {
                repeated.add(now.get());
            }
            // The window begins with a whole second, so that it is between nine and ten long.
            forgetBefore(requested, now.get() - 10_000_000_000L);
            forgetBefore(repeated, now.get() - 9_000_000_000L);
            assertThat(repeated.size()).isLessThanOrEqualTo(Math.max(requested.size() / 5, 30));
        }
        assertThat(repeated).isNotEmpty();
    }

    @Test
    void threadsTogetherTakeNoMoreThanThereIs() throws Exception {
        requests(10_000);
        AtomicInteger taken = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            new Thread(() -> {
                        taken.addAndGet(withdrawals(1_000));
                        done.countDown();
                    })
                    .start();
        }
        assertThat(done.await(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(taken).hasValue(2_000);
    }

    private static void forgetBefore(Deque<Long> times, long start) {
        while (!times.isEmpty() && times.peekFirst() < start) {
            times.removeFirst();
        }
    }

    private void requests(int count) {
        for (int i = 0; i < count; i++) {
            budget.request();
        }
    }

    private int withdrawals(int tries) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += budget.withdraw() ? 1 : 0;
        }
        return taken;
    }

    private void seconds(int count) {
        now.addAndGet(count * 1_000_000_000L);
    }
}
