package dev.goaround.pool;

import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs to lease a backend and to end the lease, without a picker that has a choice. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LeaseBenchmark {

    private static final Outcome ANSWERED = new Outcome.Answered(200);

    private final BackendPool pool = new BackendPool(LeaseBenchmark::first, Clock.systemUTC());

    private static Balancer.Picker first(List<Backend> eligible) {
        Backend only = eligible.get(0);
        return context -> only;
    }

    @Setup
    public void fill() {
        pool.replace(IntStream.range(0, 2)
                .mapToObj(i -> new BackendSpec(URI.create("http://10.0.0.1:" + (1000 + i)), 1, 1024, false))
                .toList());
        for (Member member : pool.snapshot().members()) {
            pool.report(member.backend(), Health.HEALTHY, "benchmark");
        }
    }

    @Benchmark
    public Lease leaseAndEnd() {
        Lease lease = Objects.requireNonNull(pool.lease(PickContext.FIRST));
        lease.end(ANSWERED);
        return lease;
    }
}
