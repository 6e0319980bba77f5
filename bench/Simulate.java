import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The scale study: what can't be tried on one machine, by arithmetic and by a discrete event simulation with fixed seeds.
 *
 * <p>The simulated backends serve requests one after another per place, in order of arrival; balancers know the requests
 * they have in flight themselves and nothing else, as GoAround does.
 */
public final class Simulate {

    private static final int BALANCERS = 100;
    private static final int BACKENDS = 10_000;

    // Seconds of CPU, in round numbers from the benchmarks of src/jmh/java; a probe's is an estimate.
    private static final double LOOK = 5e-9;
    private static final double STEP = 1e-9;
    private static final double PROBE = 150e-6;
    private static final double REQUEST = 25e-6;

    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        probes();
        connections();
        picks();
        rebuilds();
        herd();
        subsets();
        flips();
        deploy();
    }

    // --- Arithmetic

    private static void probes() {
        title("Probes: every balancer asks every backend, on a new connection each time");
        row("interval", "per balancer", "per backend", "all together", "CPU per balancer at 150 us");
        for (double interval : new double[] {2, 5, 10, 30, 60}) {
            double balancer = BACKENDS / interval;
            row(
                    text("%.0f s", interval),
                    text("%,.0f/s", balancer),
                    text("%.1f/s", BALANCERS / interval),
                    text("%,.0f/s", balancer * BALANCERS),
                    text("%.1f %% of a core", balancer * PROBE * 100));
        }
        System.out.println();
        row("subset of backends, interval 2 s", "per balancer", "per backend", "all together");
        for (int subset : new int[] {100, 200, 500, 1_000}) {
            row(
                    text("%,d", subset),
                    text("%,.0f/s", subset / 2.0),
                    text("%.1f/s", subset / 2.0 * BALANCERS / BACKENDS),
                    text("%,.0f/s", subset / 2.0 * BALANCERS));
        }
    }

    private static void connections() {
        title("Connections to backends: 1 million requests per second in all, 10 ms each");
        // Little's law: 10,000 requests are in flight, 100 per balancer. Each spends an idle connection's 4 s afterwards.
        row("backends per balancer", "requests/s per pair", "reused, 1 event loop", "reused, 4 event loops",
                "new connections/s per balancer", "open per balancer",
                "open in all", "open per backend");
        for (int subset : new int[] {10_000, 1_000, 200, 100, 20}) {
            double rate = 1e6 / BALANCERS / subset;
            // Poisson arrivals: a request finds a connection if the one before it came less than 4 s ago.
            double reused = 1 - Math.exp(-rate * 4);
            double opened = 1e6 / BALANCERS * (1 - reused);
            double busy = 1e6 / BALANCERS * 0.010;
            // A pair has an idle connection while the last request is younger than 4 s.
            double open = busy + subset * reused;
            row(
                    text("%,d", subset),
                    text("%.2f", rate),
                    text("%.1f %%", reused * 100),
                    text("%.1f %%", (1 - Math.exp(-rate / 4 * 4)) * 100),
                    text("%,.0f", opened),
                    text("%,.0f", open),
                    text("%,.0f", open * BALANCERS),
                    text("%.0f", open * BALANCERS / BACKENDS));
        }
        System.out.printf("%nWith max-connections 1024, %d balancers together may open %,d connections to one backend.%n",
                BALANCERS, BALANCERS * 1024);
        System.out.printf("A million idle clients at 12 KiB are %.1f GiB, %,.0f MiB for each of %d balancers.%n",
                1e6 * 12 / 1024 / 1024, 1e6 * 12 / 1024 / BALANCERS, BALANCERS);
    }

    private static void picks() {
        title("Work per pick: a look at every backend, at 5 ns each");
        row("backends", "per pick", "of a request of 25 us");
        for (int backends : new int[] {2, 100, 1_000, 10_000}) {
            row(text("%,d", backends), text("%.2f us", backends * LOOK * 1e6),
                    text("%.0f %%", backends * LOOK / REQUEST * 100));
        }
    }

    private static void rebuilds() {
        title("Work per flip: the order of turns is made anew, turns times backends steps of 1 ns; no weights");
        row("backends", "steps per flip", "per flip", "all healthy at start");
        for (int backends : new int[] {100, 1_000, 10_000}) {
            double steps = (double) backends * backends;
            double start = steps * backends / 3; // the sum of squares, as one after the other becomes healthy
            row(text("%,d", backends), text("%,.0f", steps), text("%.2f ms", steps * STEP * 1e3),
                    text("%.2f s", start * STEP));
        }
    }

    // --- Herd effects

    private enum Policy {
        ROUND_ROBIN("round-robin, each balancer from a place of its own"),
        ROUND_ROBIN_TOGETHER("round-robin, all from the first backend"),
        LEAST_TOGETHER("least-requests, ties from the first backend"),
        LEAST("least-requests, ties in turn (ours)"),
        TWO("power of two choices, own requests"),
        RANDOM("random"),
        GLOBAL("least-requests, all-knowing");

        private final String title;

        Policy(String title) {
            this.title = title;
        }
    }

    /** Scaled down so that it runs in seconds: 20 balancers, 1,000 backends of 4 places each, 10 ms a request. */
    private static void herd() {
        title("Imbalance: 20 balancers, 1,000 backends with 4 places each, 10 ms a request, exponential; 1 in 10 backends "
                + "is half as fast");
        row("policy", "load", "longest queue", "backends with a queue", "mean wait", "p99 time", "p99.9 time");
        for (double load : new double[] {0.5, 0.7}) {
            for (Policy policy : Policy.values()) {
                Crowd crowd = new Crowd(20, 1_000, 4, policy, 1_000, 1);
                crowd.run(load * 1_000 * 4 / 0.010 * 0.95, 2.0);
                crowd.print(policy.title, load);
            }
        }
    }

    private static void subsets() {
        title("Subsets: the same, least-requests, load 0.5, each balancer with some of the backends");
        row("policy", "load", "longest queue", "backends with a queue", "mean wait", "p99 time", "p99.9 time");
        for (int size : new int[] {1_000, 300, 150, 50}) {
            Crowd crowd = new Crowd(20, 1_000, 4, Policy.LEAST, size, 2);
            crowd.run(0.5 * 1_000 * 4 / 0.010 * 0.95, 2.0);
            crowd.print(text("%,d of 1,000, at random", size), 0.5);
        }
        for (int size : new int[] {150, 50}) {
            Crowd crowd = new Crowd(20, 1_000, 4, Policy.LEAST, -size, 2);
            crowd.run(0.5 * 1_000 * 4 / 0.010 * 0.95, 2.0);
            crowd.print(text("%,d of 1,000, dealt out evenly", size), 0.5);
        }
    }

    /** Each flip makes a new picker, whose turns begin at the first backend again, in every balancer. */
    private static void flips() {
        title("Flips: the same, load 0.5, and every balancer's turns begin anew with each flip");
        row("policy, flips", "load", "longest queue", "backends with a queue", "mean wait", "p99 time", "p99.9 time");
        for (Policy policy : new Policy[] {Policy.ROUND_ROBIN, Policy.LEAST, Policy.TWO}) {
            for (int flips : new int[] {0, 1, 10, 50}) {
                Crowd crowd = new Crowd(20, 1_000, 4, policy, 1_000, 4);
                crowd.flips = flips;
                crowd.run(0.5 * 1_000 * 4 / 0.010 * 0.95, 2.0);
                crowd.print(text("%s, %d/s", policy.name().toLowerCase(Locale.ROOT).replace('_', '-'), flips), 0.5);
            }
        }
    }

    /** Balancers that each know their own requests only, before backends with a fixed number of places. */
    private static final class Crowd {

        private final int balancers;
        private final int backends;
        private final int places;
        private final Policy policy;
        private final SplittableRandom random;
        private final int[][] known;
        private final int[][] own;
        private final int[] turn;
        private final int[] total;
        private final double[] slowness;
        private final ArrayDeque<double[]>[] queues;
        private final PriorityQueue<double[]> events = new PriorityQueue<>((a, b) -> Double.compare(a[0], b[0]));
        private final double[] times = new double[4_000_000];
        private int ended;
        private double waited;
        private long looks;
        private long queueing;
        private int longest;
        private int flips;

        @SuppressWarnings("unchecked")
        Crowd(int balancers, int backends, int places, Policy policy, int subset, long seed) {
            this.balancers = balancers;
            this.backends = backends;
            this.places = places;
            this.policy = policy;
            this.random = new SplittableRandom(seed);
            this.known = new int[balancers][];
            this.own = new int[balancers][backends];
            this.turn = new int[balancers];
            this.total = new int[backends];
            this.slowness = new double[backends];
            this.queues = new ArrayDeque[backends];
            int[] dealt = shuffled(backends);
            for (int i = 0; i < balancers; i++) {
                if (subset < 0) {
                    known[i] = new int[-subset];
                    for (int j = 0; j < -subset; j++) {
                        known[i][j] = dealt[(i * -subset + j) % backends];
                    }
                } else {
                    known[i] = subset == backends ? ordered(backends) : Arrays.copyOf(shuffled(backends), subset);
                }
                boolean together = policy == Policy.ROUND_ROBIN_TOGETHER || policy == Policy.LEAST_TOGETHER;
                turn[i] = together ? 0 : random.nextInt(known[i].length);
            }
            for (int i = 0; i < backends; i++) {
                slowness[i] = i % 10 == 0 ? 2 : 1;
                queues[i] = new ArrayDeque<>();
            }
        }

        private static int[] ordered(int count) {
            int[] all = new int[count];
            for (int i = 0; i < count; i++) {
                all[i] = i;
            }
            return all;
        }

        private int[] shuffled(int count) {
            int[] all = ordered(count);
            for (int i = count - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int swap = all[i];
                all[i] = all[j];
                all[j] = swap;
            }
            return all;
        }

        private double exponential(double mean) {
            return -Math.log(1 - random.nextDouble()) * mean;
        }

        /** An event is its time, the balancer, the backend or -1 for an arrival, and when the request arrived. */
        void run(double rate, double seconds) {
            double next = 0;
            double look = seconds / 10;
            double flip = flips == 0 ? Double.MAX_VALUE : 1.0 / flips;
            while (true) {
                if (events.isEmpty() || next < events.peek()[0]) {
                    if (next > seconds) {
                        return;
                    }
                    if (next > look) {
                        look();
                        look += 0.01;
                    }
                    if (next > flip) {
                        Arrays.fill(turn, 0);
                        flip += 1.0 / flips;
                    }
                    arrive(next, random.nextInt(balancers));
                    next += exponential(1 / rate);
                } else {
                    leave(events.poll(), seconds);
                }
            }
        }

        private void arrive(double now, int balancer) {
            int backend = pick(balancer);
            own[balancer][backend]++;
            if (total[backend]++ < places) {
                serve(now, balancer, backend, now);
            } else {
                queues[backend].add(new double[] {now, balancer});
            }
        }

        private void serve(double now, int balancer, int backend, double arrived) {
            waited += now - arrived;
            events.add(new double[] {now + exponential(0.010 * slowness[backend]), balancer, backend, arrived});
        }

        private void leave(double[] event, double seconds) {
            int backend = (int) event[2];
            own[(int) event[1]][backend]--;
            total[backend]--;
            if (event[3] > seconds / 10 && ended < times.length) {
                times[ended++] = event[0] - event[3];
            }
            double[] waiting = queues[backend].poll();
            if (waiting != null) {
                serve(event[0], (int) waiting[1], backend, waiting[0]);
            }
        }

        private int pick(int balancer) {
            int[] among = known[balancer];
            int[] mine = own[balancer];
            switch (policy) {
                case RANDOM:
                    return among[random.nextInt(among.length)];
                case TWO:
                    int one = among[random.nextInt(among.length)];
                    int other = among[random.nextInt(among.length)];
                    return mine[other] < mine[one] ? other : one;
                case ROUND_ROBIN:
                case ROUND_ROBIN_TOGETHER:
                    return among[turn[balancer]++ % among.length];
                default:
                    int[] counts = policy == Policy.GLOBAL ? total : mine;
                    int start = policy == Policy.LEAST_TOGETHER ? 0 : turn[balancer]++;
                    int best = among[start % among.length];
                    for (int i = 1; i < among.length && counts[best] > 0; i++) {
                        int candidate = among[(start + i) % among.length];
                        if (counts[candidate] < counts[best]) {
                            best = candidate;
                        }
                    }
                    return best;
            }
        }

        private void look() {
            looks++;
            for (int i = 0; i < backends; i++) {
                int queue = total[i] - places;
                if (queue > 0) {
                    queueing++;
                    longest = Math.max(longest, queue);
                }
            }
        }

        void print(String title, double load) {
            Arrays.sort(times, 0, ended);
            row(
                    title,
                    text("%.1f", load),
                    text("%d", longest),
                    text("%.1f %%", 100.0 * queueing / looks / backends),
                    text("%.2f ms", waited / Math.max(ended, 1) * 1e3),
                    text("%.0f ms", times[(int) (ended * 0.99)] * 1e3),
                    text("%.0f ms", times[(int) (ended * 0.999)] * 1e3));
        }
    }

    // --- Deploy waves

    /** Backends are replaced in batches; each is away for 20 s. What a crash and what a quiet leave cost. */
    private static void deploy() {
        title("Deploy wave: 10,000 backends, a batch at a time, each away for 20 s; 100 balancers, 1 million requests/s");
        row("batch", "wave takes", "flips per balancer", "flips/s per balancer", "rebuild at 10,000 backends", "first attempts "
                + "refused", "of all requests", "if each prober had to see two failures");
        SplittableRandom random = new SplittableRandom(3);
        for (int batch : new int[] {100, 500, 1_000, 2_500}) {
            double wave = 20.0 * BACKENDS / batch;
            double flips = 2.0 * BACKENDS / wave;
            // The first request of each balancer that is refused takes the backend out there (live evidence).
            long refused = 0;
            double perPair = 1e6 / BALANCERS / (BACKENDS - batch);
            double unnoticed = 0;
            for (int i = 0; i < BACKENDS * BALANCERS; i++) {
                double request = -Math.log(1 - random.nextDouble()) / perPair;
                // Or the second failed probe does: the first within an interval, the other an interval later.
                double probe = 2 * random.nextDouble() + 2;
                if (request < probe) {
                    refused++;
                }
                unnoticed += Math.min(probe, 20) * perPair;
            }
            double all = wave * 1e6;
            row(
                    text("%,d", batch),
                    text("%.0f s", wave),
                    text("%,d", 2 * BACKENDS),
                    text("%.0f", flips),
                    text("%.1f cores", flips * BACKENDS * (double) BACKENDS * STEP),
                    text("%,d", refused),
                    text("%.3f %%", 100.0 * refused / all),
                    text("%.3f %%", 100.0 * unnoticed / all));
        }
    }

    // --- Printing

    private static void title(String title) {
        System.out.printf("%n## %s%n%n", title);
        columns = 0;
    }

    private static int columns;

    private static void row(String... cells) {
        System.out.println("| " + String.join(" | ", cells) + " |");
        if (cells.length != columns) {
            columns = cells.length;
            System.out.println("|" + " --- |".repeat(cells.length));
        }
    }

    private static String text(String format, Object... values) {
        return String.format(format, values);
    }
}
