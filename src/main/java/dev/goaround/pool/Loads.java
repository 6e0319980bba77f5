package dev.goaround.pool;

import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What each of several backends has in flight, for those who look at all of them.
 *
 * <p>Reads are plain: each sees a number that the backend had a moment ago. That is all that any comparison of counters can know
 * which other threads change meanwhile, and it lets a loop read as fast as memory goes.
 */
public final class Loads {

    private final AtomicIntegerArray[] pages;
    private final AtomicIntegerArray first;
    private final int[] indices;

    /** Whether all are on the first one's page, as up to a thousand nearly always are. */
    private final boolean together;

    public Loads(List<Backend> backends) {
        this.pages = backends.stream().map(backend -> backend.counter().page()).toArray(AtomicIntegerArray[]::new);
        this.indices =
                backends.stream().mapToInt(backend -> backend.counter().index()).toArray();
        this.first = pages[0];
        this.together = List.of(pages).stream().allMatch(page -> page == first);
    }

    /** What the backend of this index has in flight. */
    public int of(int index) {
        return (together ? first : pages[index]).getPlain(indices[index]);
    }

    /** The first index from this one on whose backend has less in flight, or the end. */
    public int below(int load, int from, int to) {
        for (int i = from; i < to; i++) {
            if (of(i) < load) {
                return i;
            }
        }
        return to;
    }

    /**
     * The first index from this one on whose backend is expected sooner, or the end.
     *
     * @param idle the time that each takes when it has nothing in flight
     * @param each what is added for each one in flight
     * @param below how many in flight are too many to be sooner, whoever has them: most are ruled out without looking further
     */
    public int sooner(double time, double[] idle, double[] each, int below, int from, int to) {
        for (int i = from; i < to; i++) {
            int load = of(i);
            if (load < below && idle[i] + each[i] * load < time) {
                return i;
            }
        }
        return to;
    }

    /** What all of them have in flight. */
    public long sum() {
        long sum = 0;
        for (int i = 0; i < indices.length; i++) {
            sum += of(i);
        }
        return sum;
    }
}
