package dev.goaround.observe;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts by number, of which those that were never counted take next to no memory. Thread-safe, without locks. */
final class Counters {

    private final AtomicReferenceArray<@Nullable LongAdder> counts;

    Counters(int numbers) {
        counts = new AtomicReferenceArray<>(numbers);
    }

    void increment(int number) {
        LongAdder known = counts.get(number);
        (known == null ? made(number) : known).increment();
    }

    private LongAdder made(int number) {
        LongAdder fresh = new LongAdder();
        LongAdder other = counts.compareAndExchange(number, null, fresh);
        return other == null ? fresh : other;
    }

    /** How many numbers there are. */
    int numbers() {
        return counts.length();
    }

    /** The count of a number; 0 as well for one that was never counted. */
    long get(int number) {
        LongAdder known = counts.get(number);
        return known == null ? 0 : known.sum();
    }
}
