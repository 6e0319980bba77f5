package dev.goaround.health;

import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.Outcome.Failed;
import dev.goaround.pool.OutcomeObserver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ejects backends whose success rate is far below the pool's.
 *
 * <p>The rule is the one that Envoy's documentation of outlier detection gives: of the backends with at least 100 requests
 * in 10 s, if there are at least 5 of them, each goes whose success rate is below the mean of theirs less 1.9 times their
 * (population) standard deviation. Two conditions are ours. It must also be 5 percentage points below the mean, because among
 * five backends one stray 500 would satisfy the rule, however many requests went well; and by more than chance makes of requests that fail
 * wherever they go, or a client with many of them would have the unluckiest backend ejected.
 *
 * <p>Every 5xx answer counts as a failure, and so does every attempt that broke off; what was cancelled or met a stale
 * connection does not count, nor does a response that falls silent, nor an upload that breaks off. Requests whose backend the client's cookie or
 * key has chosen don't count at all, for the failures of one client would all meet one backend. Telling it of an attempt takes a look-up and an addition; something outside calls {@link
 * #evaluate} once per second.
 */
public final class OutlierDetector implements OutcomeObserver {

    /** Seconds that the window spans, and the calls of {@link #evaluate} in it. */
    static final int SLICES = 10;

    static final int LEAST_REQUESTS = 100;
    static final int LEAST_BACKENDS = 5;
    static final double FACTOR = 1.9;
    static final double MARGIN = 0.05;

    /** How many standard errors of the rate a backend must be below the mean. */
    static final double CERTAINTY = 5;

    private final BackendPool pool;
    private final HealthMonitor monitor;
    private final Supplier<HealthSettings> settings;

    /** Anyone adds; only {@link #evaluate} removes. */
    private final Map<Backend, SlidingTally> tallies = new ConcurrentHashMap<>();

    public OutlierDetector(BackendPool pool, HealthMonitor monitor, Supplier<HealthSettings> settings) {
        this.pool = pool;
        this.monitor = monitor;
        this.settings = settings;
    }

    @Override
    public void ended(Backend backend, Outcome outcome, long began, boolean chosen) {
        if (!chosen) {
            ended(backend, outcome, began);
        }
    }

    @Override
    public void ended(Backend backend, Outcome outcome, long began) {
        if (outcome instanceof Answered answered) {
            tally(backend).add(answered.serverError());
        } else if (outcome instanceof Failed failed
                && Evidence.of(failed) != Evidence.NONE
                && !failed.circumstances().uploading()) {
            tally(backend).add(true);
        }
    }

    private SlidingTally tally(Backend backend) {
        SlidingTally known = tallies.get(backend);
        return known != null ? known : tallies.computeIfAbsent(backend, added -> new SlidingTally(SLICES));
    }

    /** Ends a slice of the window and ejects who is to be ejected by then, the worst first. For one thread. */
    public void evaluate() {
        List<Member> members = pool.snapshot().members();
        List<Rate> rates = new ArrayList<>();
        for (Member member : members) {
            Rate rate = rate(member);
            if (rate != null) {
                rates.add(rate);
            }
        }
        forgetAllBut(members);
        if (settings.get().outliers() && rates.size() >= LEAST_BACKENDS) {
            eject(rates);
        }
    }

    /** The success rate of a member in the window, or null if it has seen too little for one to mean anything. */
    private @Nullable Rate rate(Member member) {
        SlidingTally tally = tallies.get(member.backend());
        if (tally == null) {
            return null;
        }
        if (!member.healthy() || !tally.goesBackTo(member.since())) {
            // Attempts of the time before it failed may still be ending; its new life begins now.
            tally.restart(member.since());
            return null;
        }
        SlidingTally.Sum sum = tally.advance();
        return sum.all() < LEAST_REQUESTS ? null : new Rate(member.backend(), sum);
    }

    private void eject(List<Rate> rates) {
        double mean = rates.stream().mapToDouble(Rate::success).average().orElseThrow();
        double variance = rates.stream()
                .mapToDouble(rate -> (rate.success() - mean) * (rate.success() - mean))
                .average()
                .orElseThrow();
        double threshold = Math.min(mean - FACTOR * Math.sqrt(variance), mean - MARGIN);
        rates.stream()
                .filter(rate -> rate.success() < threshold && rate.success() < mean - CERTAINTY * rate.errorAt(mean))
                .sorted(Comparator.comparingDouble(Rate::success))
                .forEach(rate -> monitor.outlier(rate.backend(), rate.comparedWith(mean)));
    }

    private void forgetAllBut(List<Member> members) {
        if (tallies.size() > members.size()) {
            Set<Backend> backends = members.stream().map(Member::backend).collect(Collectors.toSet());
            tallies.keySet().retainAll(backends);
        }
    }

    private record Rate(Backend backend, SlidingTally.Sum sum) {

        double success() {
            return 1 - (double) sum.failed() / sum.all();
        }

        /** The standard error of the rate if its true value were the mean: what chance alone makes of so many requests. */
        double errorAt(double mean) {
            return Math.sqrt(mean * (1 - mean) / sum.all());
        }

        String comparedWith(double mean) {
            return "success rate " + percent(success()) + " of " + sum.all() + " requests in " + SLICES
                    + "s, the pool's is " + percent(mean);
        }

        private static String percent(double share) {
            return Math.round(100 * share) + " %";
        }
    }
}
