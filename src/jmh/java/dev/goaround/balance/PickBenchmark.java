package dev.goaround.balance;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Eligibility;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import dev.goaround.pool.PickContext;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
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

/** What a pick costs, and what a picker costs that every change of health makes anew. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark {

    @Param({"least-requests", "round-robin", "two-choices", "random", "least-time", "peak-ewma", "consistent-hash"})
    private String policy = "";

    @Param({"2", "100", "1000"})
    private int backends;

    /** How many of them are in their slow start, which here never ends. */
    @Param({"none", "one", "all"})
    private String growing = "";

    private BackendPool pool = new BackendPool(eligible -> context -> null, Clock.systemUTC());
    private List<Backend> all = List.of();

    @Setup
    public void fill() {
        pool = new BackendPool(
                Balancers.named(policy).orElseThrow(),
                new Eligibility(0, growing.equals("none") ? Duration.ZERO : Duration.ofHours(1)),
                Clock.systemUTC());
        pool.replace(IntStream.range(0, backends)
                .mapToObj(i -> new BackendSpec(URI.create("http://10.0.0.1:" + (1000 + i)), 1, 1024, false))
                .toList());
        all = pool.snapshot().members().stream().map(Member::backend).toList();
        all.forEach(backend -> pool.report(backend, Health.HEALTHY, "benchmark"));
        (growing.equals("all") ? all : all.subList(0, 1)).forEach(backend -> {
            pool.report(backend, Health.DEGRADED, "benchmark");
            pool.report(backend, Health.HEALTHY, "benchmark");
        });
    }

    @Benchmark
    public @Nullable Backend pick() {
        return pool.snapshot().picker().pick(PickContext.FIRST);
    }

    /** As after a flip of one backend. */
    @Benchmark
    public Object over() {
        return Balancers.named(policy).orElseThrow().over(all);
    }
}
