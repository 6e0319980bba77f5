package dev.goaround.balance;

import dev.goaround.balance.Balancers.Means;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
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
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * The policies themselves before simulated backends, by a discrete event simulation with fixed seeds.
 *
 * <p>Ten backends serve four requests at a time each, 10 ms each on average, in order of arrival. A request's time is from its
 * arrival at a balancer to its answer. Nobody is taken out, since it is the policies that are compared.
 */
public final class Policies {

    private static final int BACKENDS = 10;
    private static final int PLACES = 4;
    private static final int REQUESTS = 300_000;
    private static final double SERVICE = 10e6;

    /** What is tried: how much load, how many balancers, which service times, and what is odd about the first backend. */
    private record Scenario(String title, double load, int balancers, boolean pareto, double slowness, boolean fails, int... weights) {}

    private record Event(double time, Request request) {}

    private static final class Request {
        double arrived;
        Lease lease;
    }

    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        List<Scenario> scenarios = List.of(
                new Scenario("Ten equal backends, exponential service times", 0.8, 1, false, 1, false, 1),
                new Scenario("The same, Pareto service times (shape 2.1)", 0.8, 1, true, 1, false, 1),
                new Scenario("The same with exponential times, eight balancers side by side", 0.8, 8, false, 1, false, 1),
                new Scenario("One of ten is five times as slow, one balancer", 0.6, 1, false, 5, false, 1),
                new Scenario("One of ten is five times as slow, eight balancers", 0.6, 8, false, 5, false, 1),
                new Scenario("One of ten fails after 1 ms", 0.6, 1, false, 1, true, 1),
                new Scenario("Backends of weights 1, 2 and 4, which serve as fast as that", 0.7, 1, false, 1, false, 1, 2, 4));
        for (Scenario scenario : scenarios) {
            System.out.printf("%n%s; load %.1f%n%n", scenario.title, scenario.load);
            System.out.println("| policy | mean | p99 | p99.9 | to the first backend |");
            System.out.println("| --- | --- | --- | --- | --- |");
            for (String policy : Balancers.names()) {
                new Run(scenario, policy).print();
            }
            if (scenario.balancers == 1 && scenario.slowness == 1 && !scenario.fails && !scenario.pareto && scenario.weights.length == 1) {
                System.out.printf("| one queue for all, by Erlang's formula | %.1f ms | | | |%n", erlang(scenario.load));
            }
        }
    }

    /** Mean time in M/M/n with all places behind one queue (Erlang C), in milliseconds. */
    private static double erlang(double load) {
        int places = BACKENDS * PLACES;
        double offered = load * places;
        double blocked = 1; // Erlang B, by its recursion.
        for (int i = 1; i <= places; i++) {
            blocked = offered * blocked / (i + offered * blocked);
        }
        double waits = blocked / (1 - load * (1 - blocked));
        return SERVICE / 1e6 * (1 + waits / (places * (1 - load)));
    }

    private static final class Run {

        private final Scenario scenario;
        private final String policy;
        private final Random random = new Random(1);
        private final List<BackendPool> pools = new ArrayList<>();
        private final Map<String, Deque<Request>> queues = new HashMap<>();
        private final Map<String, int[]> busy = new HashMap<>();
        private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> Double.compare(a.time, b.time));
        private final double[] times = new double[REQUESTS];
        private int ended;
        private int toFirst;
        private double now;
        private final String first;

        Run(Scenario scenario, String policy) {
            this.scenario = scenario;
            this.policy = policy;
            Clock clock = new Clock() {
                @Override
                public Instant instant() {
                    return Instant.ofEpochMilli((long) (now / 1e6));
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
            List<BackendSpec> specs = new ArrayList<>();
            for (int i = 0; i < BACKENDS; i++) {
                specs.add(new BackendSpec(
                        URI.create("http://10.0.0." + i + ":80"), weight(i), 1_000_000, false));
            }
            for (int i = 0; i < scenario.balancers; i++) {
                Means means = new Means(clock, () -> (long) now, () -> random, ConsistentHashBalancer.DEFAULT_BOUND);
                BackendPool pool = new BackendPool(
                        Balancers.named(policy, means).orElseThrow(), new Eligibility(0, Duration.ZERO), clock);
                pool.replace(specs);
                pool.snapshot().members().forEach(each -> pool.report(each.backend(), Health.HEALTHY, "simulated"));
                pools.add(pool);
            }
            List<Backend> backends = pools.get(0).snapshot().members().stream().map(Member::backend).toList();
            first = backends.get(0).id();
            for (Backend backend : backends) {
                queues.put(backend.id(), new ArrayDeque<>());
                busy.put(backend.id(), new int[1]);
            }
        }

        private int weight(int index) {
            return scenario.weights[index % scenario.weights.length];
        }

        void print() {
            double capacity = 0;
            for (int i = 0; i < BACKENDS; i++) {
                capacity += PLACES * weight(i) / SERVICE / (i == 0 ? scenario.slowness : 1);
            }
            double rate = capacity * scenario.load;
            double arrival = 0;
            int arrived = 0;
            while (ended < REQUESTS) {
                if (arrived < REQUESTS && (events.isEmpty() || arrival <= events.peek().time)) {
                    now = arrival;
                    arrive(pools.get(random.nextInt(pools.size())));
                    arrived++;
                    arrival += -Math.log(1 - random.nextDouble()) / rate;
                } else {
                    end(events.poll());
                }
            }
            double[] sorted = Arrays.copyOfRange(times, REQUESTS / 10, REQUESTS); // The first tenth warms up.
            double mean = Arrays.stream(sorted).average().orElseThrow();
            Arrays.sort(sorted);
            System.out.printf("| `%s` | %.1f ms | %.0f ms | %.0f ms | %.1f %% |%n",
                    policy, mean / 1e6, at(sorted, 0.99), at(sorted, 0.999), 100.0 * toFirst / REQUESTS);
        }

        private static double at(double[] sorted, double part) {
            return sorted[(int) (sorted.length * part)] / 1e6;
        }

        private void arrive(BackendPool pool) {
            Request request = new Request();
            request.arrived = now;
            request.lease = pool.lease(new PickContext(List.of(), random.nextLong()));
            String id = request.lease.backend().id();
            toFirst += id.equals(first) ? 1 : 0;
            if (busy.get(id)[0] < PLACES) {
                busy.get(id)[0]++;
                serve(request);
            } else {
                queues.get(id).add(request);
            }
        }

        private void serve(Request request) {
            boolean odd = request.lease.backend().id().equals(first);
            double service = odd && scenario.fails
                    ? 1e6
                    : duration() * (odd ? scenario.slowness : 1) / request.lease.backend().spec().weight();
            events.add(new Event(now + service, request));
        }

        /** Pareto's mean is shape / (shape - 1) times its least. */
        private double duration() {
            double uniform = 1 - random.nextDouble();
            return scenario.pareto ? SERVICE * 1.1 / 2.1 * Math.pow(uniform, -1 / 2.1) : -Math.log(uniform) * SERVICE;
        }

        private void end(Event event) {
            now = event.time;
            Lease lease = event.request.lease;
            String id = lease.backend().id();
            int status = id.equals(first) && scenario.fails ? 503 : 200;
            times[ended++] = now - event.request.arrived;
            lease.answered(status, (long) (now - event.request.arrived));
            lease.end(new Answered(status));
            Request next = queues.get(id).poll();
            if (next == null) {
                busy.get(id)[0]--;
            } else {
                serve(next);
            }
        }
    }
}
