package dev.goaround.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.balance.Balancers;
import dev.goaround.limit.NotAdmittedException.Reason;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.PickContext;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Patience;
import dev.goaround.testing.Pools;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

class WaitQueueTests {

    private static final Outcome OK = new Outcome.Answered(200);

    private final AtomicLong now = new AtomicLong();
    private final BackendPool pool =
            new BackendPool(Balancers.named("least-requests").orElseThrow(), new ManualClock());
    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final List<String> served = new CopyOnWriteArrayList<>();
    private final List<Lease> leases = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        loop.shutdownNow();
    }

    @Test
    void aPlaceThatComesFreeGoesToWhoeverHasWaitedLongest() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        wait(queue, "one");
        wait(queue, "two");

        running.end(OK);
        await().until(() -> served.equals(List.of("one")));
        assertThat(queue.length()).isEqualTo(1);
        leases.get(0).end(OK);
        await().until(() -> served.equals(List.of("one", "two")));
        assertThat(queue.length()).isZero();
    }

    @Test
    void aStandingQueueIsServedFromItsNewestEnd() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        wait(queue, "one");
        wait(queue, "two");
        wait(queue, "three");
        now.addAndGet(Duration.ofMillis(101).toNanos());

        running.end(OK);
        await().until(() -> served.equals(List.of("three")));
    }

    @Test
    void aQueueInWhichNobodyWaitsForLongIsServedInTurnHoweverLongItHasNotBeenEmpty() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        List<String> inTurn = new ArrayList<>();
        wait(queue, "0");
        for (int i = 1; i <= 5; i++) {
            int next = i;
            wait(queue, Integer.toString(next));
            now.addAndGet(Duration.ofMillis(40).toNanos());
            running.end(OK);
            await().until(() -> leases.size() == next);
            inTurn.add(Integer.toString(next - 1));
            assertThat(served).isEqualTo(inTurn);
            running = leases.get(next - 1);
        }
    }

    @Test
    void nobodyOvertakesThoseWhoWait() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 2);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        Lease other = Pools.lease(pool, PickContext.FIRST);
        wait(queue, "one");
        wait(queue, "two");
        assertThat(queue.lease(PickContext.FIRST)).isNull();

        running.end(OK);
        other.end(OK);
        await().until(() -> served.size() == 2);
        leases.forEach(lease -> lease.end(OK));
        assertThat(queue.lease(PickContext.FIRST)).isNotNull();
    }

    @Test
    void whoeverComesToAFullQueueIsTurnedAway() {
        WaitQueue queue = queue(1, Duration.ofMinutes(1), 1);
        Pools.lease(pool, PickContext.FIRST);
        wait(queue, "one");
        wait(queue, "two");

        await().until(() -> served.equals(List.of("two: " + Reason.QUEUE_FULL)));
        assertThat(queue.length()).isEqualTo(1);
    }

    @Test
    void whoeverComesToAFullStandingQueueTakesThePlaceOfTheOldest() {
        WaitQueue queue = queue(1, Duration.ofMinutes(1), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        wait(queue, "one");
        now.addAndGet(Duration.ofMillis(101).toNanos());
        wait(queue, "two");

        await().until(() -> served.equals(List.of("one: " + Reason.QUEUE_FULL)));
        running.end(OK);
        await().until(() -> served.contains("two"));
    }

    @Test
    void aQueueOfLengthZeroTurnsEverybodyAway() {
        WaitQueue queue = queue(0, Duration.ofMinutes(1), 1);
        Pools.lease(pool, PickContext.FIRST);
        now.addAndGet(Duration.ofMillis(101).toNanos());
        wait(queue, "one");

        await().until(() -> served.equals(List.of("one: " + Reason.QUEUE_FULL)));
        assertThat(queue.length()).isZero();
    }

    @Test
    void nobodyWaitsForLongerThanTheQueueTime() {
        WaitQueue queue = queue(10, Duration.ofMillis(20), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        wait(queue, "one");

        await().until(() -> served.equals(List.of("one: " + Reason.QUEUE_TIME)));
        assertThat(queue.length()).isZero();
        running.end(OK);
        assertThat(Pools.backends(pool).get(0).inFlight()).isZero();
    }

    @Test
    void whoeverLeavesMakesTheQueueShorterAtOnce() throws Exception {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        Disposable one = wait(queue, "one");
        wait(queue, "two");
        loop.submit(one::dispose).get();
        assertThat(queue.length()).isEqualTo(1);

        running.end(OK);
        await().until(() -> served.equals(List.of("two")));
    }

    @Test
    void whoeverMayNotGoToTheFreeBackendLetsOthersPass() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1, 1);
        List<Backend> backends = Pools.backends(pool);
        Lease a = Pools.lease(pool, PickContext.FIRST);
        Lease b = Pools.lease(pool, PickContext.FIRST);
        Lease first = a.backend() == backends.get(0) ? a : b;
        wait(queue, "not to the first", new PickContext(List.of(backends.get(0))));
        wait(queue, "to any", PickContext.FIRST);

        first.end(OK);
        await().until(() -> served.equals(List.of("to any")));
    }

    @Test
    void aBackendThatComesBackServesTheQueue() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1, 1);
        List<Backend> backends = Pools.backends(pool);
        pool.report(backends.get(1), Health.DEGRADED, "test");
        Pools.lease(pool, PickContext.FIRST);
        wait(queue, "one");

        pool.report(backends.get(1), Health.HEALTHY, "test");
        await().until(() -> served.equals(List.of("one")));
    }

    /** Whatever the interleaving: no place is lost, none is given twice, and everybody hears exactly once. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void losesNoPlaceWhateverTheInterleaving(long seed) throws Exception {
        int threads = 4;
        int each = 500;
        WaitQueue queue = queue(20, Duration.ofMillis(5), 2, 1);
        AtomicInteger heard = new AtomicInteger();
        AtomicInteger gone = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(threads);
        List<ScheduledExecutorService> loops = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            ScheduledExecutorService own = Executors.newSingleThreadScheduledExecutor();
            loops.add(own);
            Random random = new Random(seed * 31 + t);
            new Thread(() -> {
                        for (int i = 0; i < each; i++) {
                            boolean leaves = random.nextInt(4) == 0;
                            long holds = random.nextInt(200_000);
                            own.execute(() -> {
                                Lease now = queue.lease(PickContext.FIRST);
                                if (now != null) {
                                    heard.incrementAndGet();
                                    now.end(OK);
                                    return;
                                }
                                Disposable waiting = queue.await(PickContext.FIRST, own, () -> random.nextInt(3))
                                        .subscribe(
                                                lease -> {
                                                    most.accumulateAndGet(
                                                            lease.backend().inFlight(), Math::max);
                                                    heard.incrementAndGet();
                                                    own.schedule(() -> lease.end(OK), holds, TimeUnit.NANOSECONDS);
                                                },
                                                refused -> heard.incrementAndGet());
                                if (leaves && !waiting.isDisposed()) {
                                    waiting.dispose();
                                    gone.incrementAndGet();
                                }
                            });
                            LockSupport.parkNanos(random.nextInt(50_000));
                        }
                        done.countDown();
                    })
                    .start();
        }
        Lease hold = Pools.lease(pool, PickContext.FIRST);
        assertThat(done.await(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        hold.end(OK);
        await().until(() -> heard.get() + gone.get() == threads * each);
        await().until(() -> Pools.backends(pool).stream().allMatch(backend -> backend.inFlight() == 0));
        assertThat(queue.length()).isZero();
        assertThat(most).hasValueLessThanOrEqualTo(2);
        loops.forEach(ScheduledExecutorService::shutdownNow);
    }

    @Test
    void requestsOfClientsThatStallOthersComeLast() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        wait(queue, "last", PickContext.FIRST, () -> 2);
        wait(queue, "same address", PickContext.FIRST, () -> 1);
        wait(queue, "other", PickContext.FIRST, () -> 0);

        running.end(OK);
        for (int i = 1; i <= 3; i++) {
            int so = i;
            await().until(() -> leases.size() == so);
            leases.get(i - 1).end(OK);
        }
        assertThat(served).containsExactly("other", "same address", "last");
    }

    @Test
    void oneThatComesLastStillGetsAFreeSlot() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1);
        Lease running = Pools.lease(pool, PickContext.FIRST);
        wait(queue, "last", PickContext.FIRST, () -> 2);

        running.end(OK);
        await().until(() -> served.equals(List.of("last")));
    }

    @Test
    void inAFullQueueThoseThatComeLastMakeRoomForOthersAndNobodyForThem() {
        WaitQueue queue = queue(2, Duration.ofMinutes(1), 1);
        Pools.lease(pool, PickContext.FIRST);
        wait(queue, "first", PickContext.FIRST, () -> 0);
        wait(queue, "last", PickContext.FIRST, () -> 2);

        wait(queue, "other", PickContext.FIRST, () -> 0);
        await().until(() -> served.equals(List.of("last: QUEUE_FULL")));
        wait(queue, "again", PickContext.FIRST, () -> 2);
        await().until(() -> served.equals(List.of("last: QUEUE_FULL", "again: QUEUE_FULL")));
        now.addAndGet(Duration.ofMillis(101).toNanos());
        wait(queue, "once more", PickContext.FIRST, () -> 2);
        await().until(() -> served.size() == 3);
        assertThat(served).endsWith("once more: QUEUE_FULL");
        assertThat(queue.length()).isEqualTo(2);
    }

    @Test
    void whoHasToWaitAsksForRelief() {
        WaitQueue queue = queue(10, Duration.ofMinutes(1), 1);
        AtomicInteger asked = new AtomicInteger();
        queue.setRelief(asked::incrementAndGet);
        Pools.lease(pool, PickContext.FIRST);
        assertThat(queue.demand()).isZero();

        wait(queue, "one");
        wait(queue, "same address", PickContext.FIRST, () -> 1);
        wait(queue, "last", PickContext.FIRST, () -> 2);

        assertThat(asked).hasValue(3);
        assertThat(queue.demand()).isEqualTo(2);
    }

    private WaitQueue queue(int length, Duration time, int... places) {
        List<BackendSpec> specs = new ArrayList<>();
        for (int i = 0; i < places.length; i++) {
            specs.add(Pools.spec("http://a:" + (i + 1), 1, places[i]));
        }
        Pools.fill(pool, specs.toArray(new BackendSpec[0]));
        LimitSettings settings = new LimitSettings(length, time, Duration.ofMillis(100), null);
        WaitQueue queue = new WaitQueue(pool, () -> settings, now::get);
        pool.observe(queue);
        pool.whenChanged(queue::serve);
        return queue;
    }

    private Disposable wait(WaitQueue queue, String name) {
        return wait(queue, name, PickContext.FIRST);
    }

    private Disposable wait(WaitQueue queue, String name, PickContext context) {
        return wait(queue, name, context, () -> 0);
    }

    private Disposable wait(WaitQueue queue, String name, PickContext context, IntSupplier precedence) {
        return queue.await(context, loop, precedence)
                .subscribe(
                        lease -> {
                            leases.add(lease);
                            served.add(name);
                        },
                        refused -> served.add(name + ": " + ((NotAdmittedException) refused).reason()));
    }
}
