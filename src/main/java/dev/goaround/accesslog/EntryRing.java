package dev.goaround.accesslog;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A bounded queue that many threads put into, without a lock, and one takes out of. */
final class EntryRing {

    private final AtomicReferenceArray<@Nullable AccessEntry> places;
    private final int mask;
    private final AtomicLong tail = new AtomicLong();

    /** Written by the thread that takes out. */
    private volatile long head;

    /** @param least places that there are at the least */
    EntryRing(int least) {
        int size = least == 1 ? 1 : Integer.highestOneBit(least - 1) << 1;
        places = new AtomicReferenceArray<>(size);
        mask = size - 1;
    }

    /** Puts an entry in, and returns how many are in now, or 0 if it was full. */
    int offer(AccessEntry entry) {
        while (true) {
            long place = tail.get();
            long before = place - head;
            if (before > mask) {
                return 0;
            }
            if (tail.compareAndSet(place, place + 1)) {
                places.setRelease((int) place & mask, entry);
                return (int) before + 1;
            }
        }
    }

    /** Takes the oldest out; null if there is none, or the one that is being put in is not there yet. */
    @Nullable
    AccessEntry poll() {
        long place = head;
        int index = (int) place & mask;
        AccessEntry entry = places.getAcquire(index);
        if (entry != null) {
            places.setRelease(index, null);
            head = place + 1;
        }
        return entry;
    }

    int size() {
        return places.length();
    }
}
