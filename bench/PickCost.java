package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.Balancer.Picker;
import dev.goaround.pool.Eligibility;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.PickContext;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * The CPU time of a pick, and of a whole lease, by the threads' own clocks: what else runs on the machine counts little, and more
 * threads than cores can be compared. The least of 25 rounds. PickBenchmark measures the same by the wall's clock.
 */
public final class PickCost {

    private static final int ROUNDS = 25;
    private static final int KEYS = 256;

    private static volatile Object last = "";

    public static void main(String[] args) throws InterruptedException {
        System.out.println("| ns of CPU | 10 backends | 100 | 1,000 |");
        System.out.println("| --- | --- | --- | --- |");
        for (boolean lease : new boolean[] {false, true}) {
            for (String policy : Balancers.names()) {
                StringBuilder row = new StringBuilder("| `" + policy + (lease ? "`, whole lease" : "`"));
                for (int backends : new int[] {10, 100, 1000}) {
                    BackendPool pool = pool(policy, backends);
                    row.append(" | ").append(cost(pool, lease, backends, 1));
                    row.append(", ").append(cost(pool, lease, backends, 16));
                }
                System.out.println(row.append(" |"));
            }
        }
    }

    /** Each backend has one to five requests in flight. The picker is made when all are there. */
    private static BackendPool pool(String policy, int count) {
        Balancer balancer = Balancers.named(policy).orElseThrow();
        boolean[] complete = {false};
        BackendPool pool = new BackendPool(
                new Balancer() {
                    @Override
                    public Picker over(List<Backend> eligible) {
                        return complete[0] ? balancer.over(eligible) : context -> null;
                    }

                    @Override
                    public void joined(BackendPool joined) {
                        balancer.joined(joined);
                    }
                },
                new Eligibility(0, Duration.ZERO),
                Clock.systemUTC());
        pool.replace(IntStream.range(0, count)
                .mapToObj(i -> new BackendSpec(URI.create("http://10.0.0.1:" + (1000 + i)), 1, 1024, false))
                .toList());
        Random random = new Random(1);
        for (Member member : pool.snapshot().members()) {
            Backend backend = member.backend();
            complete[0] = backend == pool.snapshot().members().get(count - 1).backend();
            pool.report(backend, Health.HEALTHY, "benchmark");
            for (int requests = 1 + random.nextInt(5); requests > 0; requests--) {
                Lease lease = pool.lease(PickContext.FIRST.stuckTo(backend));
                lease.answered(200, 10_000_000 + random.nextInt(5_000_000));
            }
        }
        return pool;
    }

    private static long cost(BackendPool pool, boolean lease, int backends, int threads) throws InterruptedException {
        int picks = Math.max(10_000, 1_500_000 / backends) / Math.max(1, threads / 2);
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            LongAdder cpu = new LongAdder();
            Thread[] all = new Thread[threads];
            for (int i = 0; i < threads; i++) {
                int seed = i;
                all[i] = new Thread(() -> cpu.add(run(pool, lease, picks, seed)));
                all[i].start();
            }
            for (Thread thread : all) {
                thread.join();
            }
            least = Math.min(least, (double) cpu.sum() / picks / threads);
        }
        return Math.round(least);
    }

    private static long run(BackendPool pool, boolean lease, int picks, int seed) {
        Random random = new Random(seed);
        PickContext[] contexts = new PickContext[KEYS];
        for (int i = 0; i < KEYS; i++) {
            contexts[i] = new PickContext(List.of(), random.nextLong());
        }
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long began = clock.getCurrentThreadCpuTime();
        for (int i = 0; i < picks; i++) {
            PickContext context = contexts[i % KEYS];
            if (lease) {
                pool.lease(context).end(new Answered(200));
            } else {
                last = pool.snapshot().picker().pick(context);
            }
        }
        return clock.getCurrentThreadCpuTime() - began;
    }
}
