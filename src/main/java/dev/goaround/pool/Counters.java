package dev.goaround.pool;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Where the backends of a pool count what they have in flight: side by side, so that whoever looks at a thousand of them reads
 * 64 lines of memory rather than a thousand.
 *
 * <p>A place is given to another backend only after the garbage collector has found that nobody holds the one before, neither a
 * lease nor a snapshot: so no late lease ever counts for another backend. The lowest free place goes first, which keeps a pool
 * together however often its members change. Thread-safe; the lock is taken when a backend joins and never on a request's path.
 */
final class Counters {

    /** A place among the counters of a page. */
    record Place(AtomicIntegerArray page, int index) {}

    static final int PAGE = 1024;

    /** Counters in a line of memory, which is what cores pass on to one another. */
    static final int LINE = 16;

    private static final int LINES = PAGE / LINE;

    private final List<AtomicIntegerArray> pages = new ArrayList<>();
    private final Queue<Integer> free = new PriorityQueue<>();
    private final ReferenceQueue<Backend> gone = new ReferenceQueue<>();

    /** Keeps the references themselves from being collected. */
    private final Set<Tenant> tenants = new HashSet<>();

    /** Returns a place, at zero, for as long as the backend can be reached. */
    synchronized Place take(Backend backend) {
        for (Reference<? extends Backend> left = gone.poll(); left != null; left = gone.poll()) {
            Tenant tenant = (Tenant) left;
            tenants.remove(tenant);
            free.add(tenant.place);
        }
        if (free.isEmpty()) {
            for (int i = 0; i < PAGE; i++) {
                free.add(pages.size() * PAGE + i);
            }
            pages.add(new AtomicIntegerArray(PAGE));
        }
        int place = free.remove();
        tenants.add(new Tenant(backend, gone, place));
        AtomicIntegerArray page = pages.get(place / PAGE);
        int index = index(place % PAGE);
        page.set(index, 0);
        return new Place(page, index);
    }

    /** Goes once through the lines before a second one counts on the first: backends that are few don't slow each other down. */
    private static int index(int place) {
        return place % LINES * LINE + place / LINES;
    }

    private static final class Tenant extends PhantomReference<Backend> {

        private final int place;

        Tenant(Backend backend, ReferenceQueue<Backend> gone, int place) {
            super(backend, gone);
            this.place = place;
        }
    }
}
