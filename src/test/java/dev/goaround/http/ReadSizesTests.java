package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ReadSizesTests {

    private final ReadSizes sizes = new ReadSizes();

    @Test
    void aReadMayTake64KiBUntilManyClientsAreSlow() {
        assertThat(sizes.most()).isEqualTo(64 * 1024);

        slow(256);
        assertThat(sizes.most()).isEqualTo(64 * 1024);

        slow(256);
        assertThat(sizes.most()).isEqualTo(32 * 1024);

        slow(10_000);
        assertThat(sizes.most()).isEqualTo(4 * 1024);

        for (int i = 0; i < 10_512; i++) {
            sizes.caughtUp();
        }
        assertThat(sizes.most()).isEqualTo(64 * 1024);
    }

    @Test
    void buffersGrowAsTheyAreFilledAndShrinkAtOnceWithTheBound() {
        ExtendedHandle handle = sizes.newHandle();
        assertThat(fill(handle)).isLessThan(8 * 1024);
        for (int i = 0; i < 20; i++) {
            fill(handle);
        }
        assertThat(fill(handle)).isEqualTo(64 * 1024);

        slow(4096);
        assertThat(fill(handle)).isEqualTo(4 * 1024);
    }

    private void slow(int clients) {
        for (int i = 0; i < clients; i++) {
            sizes.slow();
        }
    }

    /** Fills one buffer as a channel does that has more to read, and returns its size. */
    private static int fill(ExtendedHandle handle) {
        handle.reset(new DefaultChannelConfig(new EmbeddedChannel()));
        ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
        int size = buffer.writableBytes();
        handle.attemptedBytesRead(size);
        handle.lastBytesRead(size);
        handle.readComplete();
        buffer.release();
        return size;
    }
}
