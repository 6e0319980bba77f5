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
import dev.goaround.pool.PickContext;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a pick costs, and what a picker costs that every change of health makes anew.
 *
 * <p>Each backend has one to five requests in flight, so that nobody finds an idle one at once, and each pick has a key of its own.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark {

    private static final int KEYS = 1024;

    @Param({"least-requests", "round-robin", "two-choices", "random", "least-time", "peak-ewma", "consistent-hash"})
    private String policy = "";

    @Param({"10", "100", "1000"})
    private int backends;

    /** How many of them are in their slow start, which here never ends. */
    @Param({"none", "one", "all"})
    private String growing = "";

    private BackendPool pool = new BackendPool(eligible -> context -> null, Clock.systemUTC());
    private List<Backend> all = List.of();
    private Picker picker = context -> null;

    @Setup
    public void fill() {
        Random random = new Random(1);
        Balancer balancer = Balancers.named(policy).orElseThrow();
        // Filling a pool must not make a picker for each backend: it is made once, in the end.
        pool = new BackendPool(
                new Balancer() {
                    @Override
                    public Picker over(List<Backend> eligible) {
                        return context -> null;
                    }

                    @Override
                    public void joined(BackendPool joined) {
                        balancer.joined(joined);
                    }
                },
                new Eligibility(0, growing.equals("none") ? Duration.ZERO : Duration.ofHours(1)),
                Clock.systemUTC());
        pool.replace(IntStream.range(0, backends)
                .mapToObj(i -> new BackendSpec(URI.create("http://10.0.0.1:" + (1000 + i)), 1, 1024, false))
                .toList());
        all = pool.snapshot().members().stream().map(Member::backend).toList();
        for (Backend backend : all) {
            pool.report(backend, Health.HEALTHY, "benchmark");
            for (int requests = 1 + random.nextInt(5); requests > 0; requests--) {
                Lease lease = Objects.requireNonNull(pool.lease(PickContext.FIRST.stuckTo(backend)));
                lease.answered(200, 10_000_000 + random.nextInt(5_000_000));
            }
        }
        (growing.equals("all") ? all : all.subList(0, 1)).forEach(backend -> {
            pool.report(backend, Health.DEGRADED, "benchmark");
            pool.report(backend, Health.HEALTHY, "benchmark");
        });
        picker = balancer.over(all);
    }

    /** What a thread's requests ask for. */
    @State(Scope.Thread)
    public static class Requests {

        private final PickContext[] contexts = new PickContext[KEYS];
        private int next;

        @Setup
        public void make() {
            for (int i = 0; i < KEYS; i++) {
                contexts[i] = new PickContext(List.of(), HashKey.of("key-" + i));
            }
        }

        PickContext next() {
            return contexts[next++ & (KEYS - 1)];
        }
    }

    @Benchmark
    public @Nullable Backend pick(Requests requests) {
        return picker.pick(requests.next());
    }

    /** As after a flip of one backend. */
    @Benchmark
    public Object over() {
        return Balancers.named(policy).orElseThrow().over(all);
    }
}
