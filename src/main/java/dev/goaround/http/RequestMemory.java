package dev.goaround.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * How much memory the requests under way may take: their heads, and what waits of bodies that flow control has let through. Thread-safe.
 *
 * <p>A connection of a client may take up to a quarter of what is free (the dynamic threshold of Choudhury and Hahne for buffers that
 * queues share), and a quarter of all of it is for those that have hardly anything: so that an ordinary request finds some, whoever
 * has taken the rest.
 */
public final class RequestMemory {

    /** Part of the free memory that one connection may have, and part of all of it that is for small ones. */
    private static final int PART = 4;

    /** Up to here a connection is a small one. */
    private static final int SMALL_SHARE = 8 * 1024;

    /** Objects that a request consists of, without its fields. */
    private static final int REQUEST = 2048;

    /** Objects that a field consists of, without its characters. */
    private static final int FIELD = 128;

    /** Fields below this size are not worth being dropped. */
    private static final int SMALL_FIELD = 512;

    private final LongSupplier total;
    private final AtomicLong held = new AtomicLong();
    private final LongAdder denied = new LongAdder();

    /** @param total most bytes of all requests */
    public RequestMemory(LongSupplier total) {
        this.total = total;
    }

    /** What one connection of a client has of it. Belongs to the connection's event loop. */
    public final class Share {

        private long own;

        /** Takes so many bytes, unless that would be more than this connection may have. */
        public boolean take(long bytes) {
            long now;
            do {
                now = held.get();
                if (own + bytes > allowed(now)) {
                    denied.increment();
                    return false;
                }
            } while (!held.compareAndSet(now, now + bytes));
            own += bytes;
            return true;
        }

        public void give(long bytes) {
            own -= bytes;
            held.addAndGet(-bytes);
        }
    }

    /** Returns how much one connection may have if so much is held by all of them. */
    private long allowed(long now) {
        long all = total.getAsLong();
        long free = all - now - all / PART;
        return Math.max(free / PART, Math.min(SMALL_SHARE, all - now));
    }

    /** Returns the share of a new connection, which has nothing yet. */
    public Share share() {
        return new Share();
    }

    /** Bytes held at the moment. */
    public long held() {
        return held.get();
    }

    /** Requests that were refused, since there was no memory for them. */
    public long denied() {
        return denied.sum();
    }

    /** Returns about how many bytes of heap a request takes while it is under way, its body apart. */
    public static long sizeOf(HttpRequest head) {
        long size = REQUEST;
        size += head.uri().length();
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = head.headers().iteratorCharSequence();
        while (fields.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            size += FIELD + field.getKey().length() + field.getValue().length();
        }
        return size;
    }

    /** Drops large fields of a request that no backend will get any more, but for those that are still asked for. */
    public static void dropLargeFields(HttpHeaders fields, Iterable<? extends CharSequence> needed) {
        HttpHeaders kept = fields.copy();
        fields.clear();
        Iterator<Map.Entry<CharSequence, CharSequence>> each = kept.iteratorCharSequence();
        while (each.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = each.next();
            if (field.getValue().length() < SMALL_FIELD || contains(needed, field.getKey())) {
                fields.add(field.getKey(), field.getValue());
            }
        }
    }

    private static boolean contains(Iterable<? extends CharSequence> names, CharSequence name) {
        for (CharSequence each : names) {
            if (AsciiString.contentEqualsIgnoreCase(each, name)) {
                return true;
            }
        }
        return false;
    }
}
