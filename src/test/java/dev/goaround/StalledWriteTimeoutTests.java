package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StalledWriteTimeoutTests {

    /** A client that reads nothing, so that no write ends. */
    private static final class Stalled extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ((ByteBuf) message).release();
        }
    }

    @Test
    void aConnectionThatIsNotReadIsClosed() {
        EmbeddedChannel channel = new EmbeddedChannel(new Stalled(), new StalledWriteTimeout());
        channel.freezeTime();
        channel.write(Unpooled.wrappedBuffer(new byte[1]));
        channel.advanceTimeBy(StalledWriteTimeout.SECONDS - 1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }

    @Test
    void aConnectionThatIsReadStaysOpen() {
        EmbeddedChannel channel = new EmbeddedChannel(new StalledWriteTimeout());
        channel.freezeTime();
        channel.writeOutbound(Unpooled.wrappedBuffer(new byte[1]));
        channel.advanceTimeBy(10L * StalledWriteTimeout.SECONDS, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.finishAndReleaseAll();
    }
}
