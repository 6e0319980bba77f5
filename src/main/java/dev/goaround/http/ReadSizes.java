package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much of a body one read from a backend may take. What a client has not taken yet is held in memory, so that this is a
 * lot while clients keep up, for large bodies to pass in few steps, and the less the more of them don't. Thread-safe.
 */
public final class ReadSizes {

    private static final int MOST = 64 * 1024;
    private static final int LEAST = 4 * 1024;

    /** Bytes that the last reads for all slow clients may add up to, if each took as much as it may now. */
    private static final int SHARED = 16 * 1024 * 1024;

    /** Reads of one connection before others have their turn. */
    private static final int READS_PER_TURN = 4;

    private final AdaptiveRecvByteBufAllocator adaptive = new AdaptiveRecvByteBufAllocator();
    private final AtomicInteger slowClients = new AtomicInteger();

    public ReadSizes() {
        adaptive.maxMessagesPerRead(READS_PER_TURN);
    }

    /** One more client keeps its answer waiting. */
    public void slow() {
        slowClients.incrementAndGet();
    }

    /** One that did has caught up, or is gone. */
    public void caughtUp() {
        slowClients.decrementAndGet();
    }

    /** Clients that keep their answers waiting. */
    public int slowClients() {
        return slowClients.get();
    }

    /** Bytes that one read may take at the moment. */
    public int most() {
        int slow = slowClients.get();
        return slow <= SHARED / MOST ? MOST : Math.max(LEAST, SHARED / slow);
    }

    /** Returns what gives the reads of one connection their buffers: of the size that was filled lately, within the bound. */
    RecvByteBufAllocator.ExtendedHandle newHandle() {
        return new Bounded((RecvByteBufAllocator.ExtendedHandle) adaptive.newHandle());
    }

    /** For connections whose reads are bounded so. */
    public RecvByteBufAllocator allocator() {
        return this::newHandle;
    }

    private final class Bounded extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {

        private final RecvByteBufAllocator.ExtendedHandle adaptive;

        Bounded(RecvByteBufAllocator.ExtendedHandle adaptive) {
            super(adaptive);
            this.adaptive = adaptive;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(guess());
        }

        @Override
        public int guess() {
            return Math.min(adaptive.guess(), most());
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return adaptive.continueReading(maybeMore);
        }
    }
}
