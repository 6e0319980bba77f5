package dev.goaround.listen;

import dev.goaround.listen.ListenCounts.Limit;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests that hold slots of backends while nothing but their own clients keeps them from going on. While other requests wait for
 * a slot, those that have stalled the longest are ended: those of clients with the most of them first. Thread-safe.
 */
public final class StalledRequests {

    /** Requests of clients that stall others on the same connection come last when slots are given out. */
    public static final int LAST = 2;

    /** How long a client may stall the only request of its that does, while others wait. Longer than a lost packet on a bad line takes. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(2);

    /** Clients that stall several share that, down to this: a request that waits is served well within its time in the queue. */
    private static final long MIN_PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);

    /** How often this looks while requests wait. */
    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(50);

    /** How long requests of a client that has stalled others come after those of other clients. */
    private static final long MEMORY = TimeUnit.SECONDS.toNanos(10);

    /** Clients and connections that are remembered so. */
    private static final int MAX_REMEMBERED = 4096;

    /** Requests that are ended in one look. */
    private static final int MAX_ENDED = 64;

    /** How fresh the knowledge must be of what a client has moved before its request is ended. */
    private static final long ACCOUNTED = TimeUnit.SECONDS.toNanos(1);

    private static final long LOG_INTERVAL = TimeUnit.SECONDS.toNanos(10);

    private static final Logger log = LoggerFactory.getLogger(StalledRequests.class);

    /** A stalled request as one look finds it. */
    private record Found(Stall stall, Client client, long age) {}

    /**
     * The client of a request.
     *
     * @param connection identifies its connection; the same as the address if others' requests may come on it as well
     * @param address its address, as far as it can be believed
     */
    record Client(Object connection, Object address) {}

    private final ListenCounts counts;
    private final ScheduledExecutorService executor;
    private final LongSupplier nanoTime;
    private final Set<Stall> stalls = ConcurrentHashMap.newKeySet();

    /** Connections and addresses of clients that stall several requests, or did when one of theirs was ended, and until when. */
    private final Map<Object, Long> stalling = new ConcurrentHashMap<>();

    private final AtomicBoolean looking = new AtomicBoolean();
    private final AtomicInteger ending = new AtomicInteger();

    /** Only by the executor, one look at a time. */
    private long loggedAt;

    private boolean everLogged;
    private final AtomicInteger unlogged = new AtomicInteger();

    /** The address of the client whose request was ended last, for the log. */
    private volatile Object lastClient = "";

    /** Set once, while the objects are put together. */
    private volatile IntSupplier waiting = () -> 0;

    StalledRequests(ListenCounts counts) {
        this(counts, GlobalEventExecutor.INSTANCE, System::nanoTime);
    }

    StalledRequests(ListenCounts counts, ScheduledExecutorService executor, LongSupplier nanoTime) {
        this.counts = counts;
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    /** Sets where to ask how many requests wait for a slot that are worth ending others for. */
    public void setWaiting(IntSupplier requests) {
        waiting = requests;
    }

    /** To be called when a request has to wait for a slot; ends stalled requests until none waits any more. */
    public void relieve() {
        if (looking.compareAndSet(false, true)) {
            executor.execute(this::look);
        }
    }

    /**
     * Returns how far behind others the requests of this client come when slots are given out: 0 unless it stalls requests, 1 if
     * others with its address do, {@link #LAST} if it does so on the same connection.
     */
    int precedence(Client client) {
        if (stalling.isEmpty()) {
            return 0;
        }
        long now = nanoTime.getAsLong();
        if (remembered(client.connection(), now)) {
            return LAST;
        }
        return remembered(client.address(), now) ? 1 : 0;
    }

    private boolean remembered(Object key, long now) {
        Long until = stalling.get(key);
        return until != null && until - now > 0;
    }

    long now() {
        return nanoTime.getAsLong();
    }

    void add(Stall stall) {
        stalls.add(stall);
    }

    void remove(Stall stall) {
        stalls.remove(stall);
    }

    private void look() {
        int requests = waiting.getAsInt();
        if (requests <= 0) {
            looking.set(false);
            // One may have begun to wait since.
            if (waiting.getAsInt() > 0) {
                relieve();
            }
            return;
        }
        try {
            end(Math.min(requests - ending.get(), MAX_ENDED));
            tell();
        } finally {
            executor.schedule(this::look, INTERVAL, TimeUnit.NANOSECONDS);
        }
    }

    private void end(int most) {
        long now = nanoTime.getAsLong();
        List<Found> found = new ArrayList<>();
        for (Stall stall : stalls) {
            Client client = stall.client();
            long age = stall.age(now);
            if (client != null && age >= MIN_PATIENCE / 2) {
                found.add(new Found(stall, client, age));
            }
        }
        Map<Object, Integer> slow = numbers(found);
        account(found, slow);
        stalling.values().removeIf(until -> until - now <= 0);
        // Only now is it known of those that were accounted for by the look before whether they stall or are just slow.
        found.removeIf(one -> one.age() < MIN_PATIENCE || !one.stall().accountedSince(now - ACCOUNTED));
        Map<Object, Integer> numbers = numbers(found);
        for (Found one : found) {
            if (one.stall().ofResponse()) {
                rememberIfMany(one.client().address(), numbers, now);
                rememberIfMany(one.client().connection(), numbers, now);
            }
        }
        found.sort(Comparator.<Found>comparingInt(
                        one -> -number(numbers, one.client().address()))
                .thenComparingInt(one -> -number(numbers, one.client().connection()))
                .thenComparingLong(one -> -one.age()));
        int left = most;
        for (Found one : found) {
            long patience = Math.max(
                    MIN_PATIENCE, PATIENCE / number(numbers, one.client().address()));
            if (left > 0 && one.age() >= patience) {
                left--;
                end(one, patience, number(slow, one.client().connection()));
            }
        }
    }

    private static Map<Object, Integer> numbers(List<Found> found) {
        Map<Object, Integer> numbers = new HashMap<>();
        for (Found one : found) {
            numbers.merge(one.client().address(), 1, Integer::sum);
            if (!one.client().connection().equals(one.client().address())) {
                numbers.merge(one.client().connection(), 1, Integer::sum);
            }
        }
        return numbers;
    }

    /** Has the event loops take into account what clients have moved meanwhile. */
    private static void account(List<Found> found, Map<Object, Integer> slow) {
        Map<EventLoop, List<Found>> byLoop = new HashMap<>();
        for (Found one : found) {
            byLoop.computeIfAbsent(one.stall().loop(), none -> new ArrayList<>())
                    .add(one);
        }
        byLoop.forEach((loop, those) -> loop.execute(() -> {
            for (Found one : those) {
                one.stall().account(number(slow, one.client().connection()));
            }
        }));
    }

    private static int number(Map<Object, Integer> numbers, Object key) {
        return numbers.getOrDefault(key, 1);
    }

    private void rememberIfMany(Object key, Map<Object, Integer> numbers, long now) {
        if (number(numbers, key) > 1) {
            remember(key, now);
        }
    }

    private void remember(Object key, long now) {
        if (stalling.size() < MAX_REMEMBERED || stalling.containsKey(key)) {
            stalling.put(key, now + MEMORY);
        }
    }

    /** The request may have gone on meanwhile, which only its event loop knows. */
    private void end(Found one, long patience, int sharing) {
        ending.incrementAndGet();
        boolean begun = false;
        try {
            one.stall().loop().execute(() -> {
                try {
                    if (one.stall().endIfLongerThan(patience, sharing)) {
                        ended(one.client());
                    }
                } finally {
                    ending.decrementAndGet();
                }
            });
            begun = true;
        } finally {
            if (!begun) {
                ending.decrementAndGet();
            }
        }
    }

    private void ended(Client client) {
        long now = nanoTime.getAsLong();
        counts.reached(Limit.STALLED);
        remember(client.connection(), now);
        remember(client.address(), now);
        lastClient = client.address();
        unlogged.incrementAndGet();
    }

    private void tell() {
        long now = nanoTime.getAsLong();
        if (unlogged.get() > 0 && (!everLogged || now - loggedAt >= LOG_INTERVAL)) {
            everLogged = true;
            loggedAt = now;
            log.warn(
                    "requests ended whose clients had stopped reading or sending, to free slots for requests that wait: {}, the last of {}",
                    unlogged.getAndSet(0),
                    lastClient);
        }
    }
}
