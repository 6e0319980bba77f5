package dev.goaround.balance;

import dev.goaround.pool.Backend;
import java.util.List;

/**
 * Backends as points on a ring (Karger et al., "Consistent Hashing and Random Trees", STOC 1997): a key belongs to the backend
 * of the first point at or after it. A backend's points depend on nothing but its id, so that a backend that comes or goes
 * takes or leaves the keys next to its own points and no others.
 */
final class Ring {

    /** Points for each unit of weight: a backend's part of the keys is then off by a sixteenth, typically. */
    private static final double POINTS = 256;

    /** Most points in all, about, so that a ring takes a few milliseconds to make; beyond it each unit of weight has fewer. */
    private static final double MOST = 65_536;

    /** Points in order, as unsigned numbers, and whose they are. */
    private final long[] points;

    private final int[] owners;

    /** Where the points begin whose upper bits are the index. */
    private final int[] starts;

    private final int shift;

    Ring(List<Backend> backends) {
        int[] counts = counts(backends);
        int total = 0;
        for (int count : counts) {
            total += count;
        }
        points = new long[total];
        owners = new int[total];
        int bits = Math.max(1, 32 - Integer.numberOfLeadingZeros(total));
        shift = Long.SIZE - bits;
        starts = new int[(1 << bits) + 1];
        long[] unsorted = new long[total];
        int[] unsortedOwners = new int[total];
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
            long seed = HashKey.of(backends.get(i).id());
            for (int j = 0; j < counts[i]; j++) {
                long point = HashKey.mixed(seed + j * 0x9E3779B97F4A7C15L);
                unsorted[next] = point;
                unsortedOwners[next++] = i;
                starts[(int) (point >>> shift) + 1]++;
            }
        }
        sort(unsorted, unsortedOwners);
    }

    /**
     * How many points each gets. Where there are fewer than {@link #POINTS} for a unit of weight, a backend that comes or goes
     * changes that number by its own part, so that at most as many keys move once more. Fractions of points are rounded by a
     * number of the backend's own, lest all backends lose one at the same time.
     */
    private static int[] counts(List<Backend> backends) {
        long weights = 0;
        for (Backend backend : backends) {
            weights += backend.spec().weight();
        }
        double each = Math.min(POINTS, MOST / weights);
        return backends.stream()
                .mapToInt(backend -> count(backend, each * backend.spec().weight()))
                .toArray();
    }

    private static int count(Backend backend, double exact) {
        double rounding = (HashKey.of(backend.id()) >>> 11) * 0x1p-53;
        return Math.max(1, (int) (exact + rounding));
    }

    /** By upper bits first, which leaves about one point in each place, since points are spread evenly. */
    private void sort(long[] unsorted, int[] unsortedOwners) {
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
        int[] filled = new int[starts.length];
        for (int i = 0; i < unsorted.length; i++) {
            int bucket = (int) (unsorted[i] >>> shift);
            int at = starts[bucket] + filled[bucket]++;
            while (at > starts[bucket] && Long.compareUnsigned(points[at - 1], unsorted[i]) > 0) {
                points[at] = points[at - 1];
                owners[at] = owners[at - 1];
                at--;
            }
            points[at] = unsorted[i];
            owners[at] = unsortedOwners[i];
        }
    }

    /** The index of the point that the key belongs to. */
    int pointOf(long key) {
        int at = starts[(int) (key >>> shift)];
        while (at < points.length && Long.compareUnsigned(points[at], key) < 0) {
            at++;
        }
        return at == points.length ? 0 : at;
    }

    /** The index of the backend whose point this is. */
    int owner(int point) {
        return owners[point];
    }

    /** The next point. */
    int after(int point) {
        return point + 1 == points.length ? 0 : point + 1;
    }

    int length() {
        return points.length;
    }
}
