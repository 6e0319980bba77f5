package dev.goaround.balance;

import dev.goaround.balance.Balancers.Means;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Balancer;
import dev.goaround.pool.Eligibility;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Member;
import dev.goaround.pool.Outcome.Answered;
import dev.goaround.pool.PickContext;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;

/** One policy's own code before simulated backends: a discrete event simulation. */
final class Simulation {

    /** A request takes that long on average, in nanoseconds. */
    static final double SERVICE = 10e6;

    /**
     * What is tried.
     *
     * @param places requests that a backend serves at a time, the others wait in order of arrival
     * @param pareto whether service times are Pareto's of shape 2.1, rather than exponential
     * @param slowness how many times as long the first backend takes
     * @param fails whether the first backend answers 503 after 1 ms instead
     * @param weights of the backends in turn, which are as fast as that
     */
    record Scenario(
            int backends, int places, double load, int balancers, boolean pareto, double slowness, boolean fails, int... weights) {

        static Scenario of(int backends, int places, double load, int balancers) {
            return new Scenario(backends, places, load, balancers, false, 1, false, 1);
        }

        int requests() {
            return Math.max(300_000, 700 * backends);
        }

        int weight(int index) {
            return weights[index % weights.length];
        }
    }

    /**
     * What came of it, in units of the mean service time.
     *
     * @param time mean time from a request's arrival to its answer
     * @param waiting mean time that it waited in a backend's queue
     * @param toFirst part of the requests that went to the first backend
     */
    record Result(double time, double waiting, double p99, double p999, double toFirst) {}

    private record Event(double time, Request request) {}

    private static final class Request {
        double arrived;
        double began;
        Lease lease;
        Place place;
    }

    /** A backend as the simulation knows it, whatever balancer sends to it. */
    private static final class Place {
        int busy;
        boolean first;
        int weight;
        final Deque<Request> queue = new ArrayDeque<>();
    }

    private final Scenario scenario;
    private final Random random = new Random(1);
    private final List<BackendPool> pools = new ArrayList<>();
    private final Map<Backend, Place> places = new HashMap<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> Double.compare(a.time, b.time));
    private final double[] times;
    private final double[] waits;
    private int ended;
    private int toFirst;
    private double now;

    Simulation(Scenario scenario, String policy) {
        this.scenario = scenario;
        this.times = new double[scenario.requests()];
        this.waits = new double[scenario.requests()];
        Place[] shared = new Place[scenario.backends];
        List<BackendSpec> specs = new ArrayList<>();
        for (int i = 0; i < shared.length; i++) {
            shared[i] = new Place();
            shared[i].first = i == 0;
            shared[i].weight = scenario.weight(i);
            specs.add(new BackendSpec(URI.create("http://10.0.0.1:" + (1000 + i)), scenario.weight(i), 1_000_000, false));
        }
        Clock clock = clock();
        for (int i = 0; i < scenario.balancers; i++) {
            Means means = new Means(clock, () -> (long) now, () -> random, ConsistentHashBalancer.DEFAULT_BOUND);
            Late late = new Late(Balancers.named(policy, means).orElseThrow());
            BackendPool pool = new BackendPool(late, new Eligibility(0, Duration.ZERO), clock);
            pool.replace(specs);
            List<Backend> backends = pool.snapshot().members().stream().map(Member::backend).toList();
            for (int j = 0; j < shared.length; j++) {
                places.put(backends.get(j), shared[j]);
                late.complete = j == shared.length - 1;
                pool.report(backends.get(j), Health.HEALTHY, "simulated");
            }
            pools.add(pool);
        }
    }

    /** Makes the picker only once, when all backends are there. */
    private static final class Late implements Balancer {
        private final Balancer balancer;
        private boolean complete;

        Late(Balancer balancer) {
            this.balancer = balancer;
        }

        @Override
        public Picker over(List<Backend> eligible) {
            return complete ? balancer.over(eligible) : context -> null;
        }

        @Override
        public void joined(BackendPool pool) {
            balancer.joined(pool);
        }
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public Instant instant() {
                return Instant.ofEpochMilli((long) (now / 1e6));
            }

            @Override
            public long millis() {
                return (long) (now / 1e6);
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
    }

    Result run() {
        double capacity = 0;
        for (int i = 0; i < scenario.backends; i++) {
            capacity += scenario.places * scenario.weight(i) / SERVICE / (i == 0 ? scenario.slowness : 1);
        }
        double rate = capacity * scenario.load;
        double arrival = 0;
        int arrived = 0;
        while (ended < times.length) {
            if (arrived < times.length && (events.isEmpty() || arrival <= events.peek().time)) {
                now = arrival;
                arrive(pools.get(pools.size() == 1 ? 0 : random.nextInt(pools.size())));
                arrived++;
                arrival += -Math.log(1 - random.nextDouble()) / rate;
            } else {
                end(events.poll());
            }
        }
        int from = times.length / 5; // The first fifth warms up.
        double[] sorted = Arrays.copyOfRange(waits, from, waits.length);
        Arrays.sort(sorted);
        return new Result(
                mean(times, from), mean(waits, from), at(sorted, 0.99), at(sorted, 0.999), (double) toFirst / times.length);
    }

    private static double mean(double[] values, int from) {
        return Arrays.stream(values, from, values.length).average().orElseThrow() / SERVICE;
    }

    private static double at(double[] sorted, double part) {
        return sorted[(int) (sorted.length * part)] / SERVICE;
    }

    private void arrive(BackendPool pool) {
        Request request = new Request();
        request.arrived = now;
        request.lease = pool.lease(new PickContext(List.of(), random.nextLong()));
        request.place = places.get(request.lease.backend());
        toFirst += request.place.first ? 1 : 0;
        if (request.place.busy < scenario.places) {
            request.place.busy++;
            serve(request);
        } else {
            request.place.queue.add(request);
        }
    }

    private void serve(Request request) {
        request.began = now;
        boolean odd = request.place.first;
        double service = odd && scenario.fails
                ? 1e6
                : duration() * (odd ? scenario.slowness : 1) / request.place.weight;
        events.add(new Event(now + service, request));
    }

    /** Pareto's mean is shape / (shape - 1) times its least. */
    private double duration() {
        double uniform = 1 - random.nextDouble();
        return scenario.pareto ? SERVICE * 1.1 / 2.1 * Math.pow(uniform, -1 / 2.1) : -Math.log(uniform) * SERVICE;
    }

    private void end(Event event) {
        now = event.time;
        Request request = event.request;
        int status = request.place.first && scenario.fails ? 503 : 200;
        times[ended] = now - request.arrived;
        waits[ended++] = request.began - request.arrived;
        request.lease.answered(status, (long) (now - request.arrived));
        request.lease.end(new Answered(status));
        Request next = request.place.queue.poll();
        if (next == null) {
            request.place.busy--;
        } else {
            serve(next);
        }
    }
}
