package dev.goaround.pool;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where each of many requests falls in a whole that is to be divided: evenly, so that a part of the whole gets that part of any
 * run of requests; and one with a hash key always at the same place, so that it goes where it went before. Thread-safe.
 */
final class Parts {

    /** The golden ratio's fraction, in units of 2^-32: its multiples spread evenly. */
    private static final int GOLDEN = 0x9E3779B9;

    private final long salt;

    private final AtomicInteger taken = new AtomicInteger();

    /** @param salt different for each division that the same keys go through */
    Parts(long salt) {
        this.salt = salt;
    }

    /** Returns a number from 0 to less than 1. */
    double next(PickContext context) {
        long key = context.hashKey();
        long place = key == 0 ? Integer.toUnsignedLong(taken.getAndIncrement() * GOLDEN) : spread(key + salt);
        return place * 0x1p-32;
    }

    private static long spread(long key) {
        long mixed = (key ^ (key >>> 32)) * 0xD6E8FEB86659FD93L;
        mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
        return mixed >>> 32;
    }
}
