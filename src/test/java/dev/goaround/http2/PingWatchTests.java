package dev.goaround.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2PingFrame;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PingWatchTests {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final PingWatch watch = watch();

    private PingWatch watch() {
        channel.freezeTime();
        return PingWatch.ofBackend(channel);
    }

    @Test
    void closesAConnectionThatDoesNotRespond() {
        watch.begin();
        pass(PingWatch.SILENCE_NANOS);
        assertThat(pings()).isEqualTo(1);

        pass(PingWatch.PATIENCE_NANOS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void asksNotTooOftenWhatResponds() {
        watch.begin();
        pass(PingWatch.SILENCE_NANOS);
        assertThat(pings()).isEqualTo(1);
        watch.heard();

        pass(PingWatch.GAP_NANOS - 1);
        assertThat(pings()).isZero();
        pass(1);
        assertThat(pings()).isEqualTo(1);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void asksNobodyWhoSpeaks() {
        watch.begin();
        for (int i = 0; i < 100; i++) {
            pass(PingWatch.SILENCE_NANOS / 2);
            watch.heard();
        }

        assertThat(pings()).isZero();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void asksNobodyWithoutAStream() {
        watch.begin();
        watch.end();
        pass(10 * PingWatch.GAP_NANOS);

        assertThat(pings()).isZero();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void asksASilentClientAgainAndAgainAndClosesWhatDoesNotRespond() {
        PingWatch client = PingWatch.ofClient(channel, TimeUnit.SECONDS.toNanos(60));
        client.begin();
        for (int i = 0; i < 3; i++) {
            pass(TimeUnit.SECONDS.toNanos(60));
            assertThat(pings()).isEqualTo(1);
            client.heard();
        }
        pass(TimeUnit.SECONDS.toNanos(60));
        pass(PingWatch.PATIENCE_NANOS);

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void asksNoClientWhereThatIsTurnedOff() {
        PingWatch.ofClient(channel, 0).begin();
        pass(10 * PingWatch.GAP_NANOS);

        assertThat(pings()).isZero();
        assertThat(channel.isOpen()).isTrue();
    }

    private int pings() {
        int count = 0;
        while (channel.readOutbound() instanceof Http2PingFrame) {
            count++;
        }
        return count;
    }

    private void pass(long nanos) {
        channel.advanceTimeBy(nanos, TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
    }
}
