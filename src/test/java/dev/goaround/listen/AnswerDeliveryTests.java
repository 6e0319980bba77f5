package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.http.ReadSizes;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class AnswerDeliveryTests {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicInteger cut = new AtomicInteger();
    private final AtomicInteger complete = new AtomicInteger();
    private final ReadSizes readSizes = new ReadSizes();

    @Test
    void aClientThatStandsStillIsCutAfterTheTimeOut() {
        AnswerDelivery delivery = delivery(240);
        delivery.progress(false);
        pass(29, 0);
        assertThat(cut).hasValue(0);
        pass(2, 0);
        assertThat(cut).hasValue(1);
    }

    @Test
    void aTrickleBelowTheRateIsNoProgress() {
        AnswerDelivery delivery = delivery(240);
        delivery.progress(false);
        for (int i = 0; i < 32 && cut.get() == 0; i++) {
            pass(1, 1);
        }
        assertThat(cut).hasValue(1);
    }

    @Test
    void aClientAtTheRateGoesOnHoweverLongThatTakes() {
        AnswerDelivery delivery = delivery(240);
        delivery.progress(false);
        for (int i = 0; i < 400; i++) {
            pass(10, 2400);
        }
        assertThat(cut).hasValue(0);
    }

    @Test
    void whatWasTakenAtOnceDoesNotPayForStandingStillLater() {
        AnswerDelivery delivery = delivery(240);
        delivery.progress(false);
        pass(1, 100_000_000);
        for (int i = 0; i < 37; i++) {
            pass(1, 0);
        }
        assertThat(cut).hasValue(1);
    }

    @Test
    void withoutARateEveryByteGivesTheWholeTimeAgain() {
        AnswerDelivery delivery = delivery(0);
        delivery.progress(false);
        for (int i = 0; i < 100; i++) {
            pass(29, 1);
        }
        assertThat(cut).hasValue(0);
        pass(1, 0);
        pass(30, 0);
        assertThat(cut).hasValue(1);
    }

    @Test
    void timeInWhichThereIsNothingToSendDoesNotCount() {
        AnswerDelivery delivery = delivery(240);
        for (int i = 0; i < 20; i++) {
            delivery.progress(false);
            pass(5, 0);
            taken.addAndGet(1200);
            delivery.progress(true);
            pass(1000, 0);
        }
        assertThat(cut).hasValue(0);
    }

    @Test
    void gapsOfTheSourceDoNotForgiveWhatTheClientOwes() {
        AnswerDelivery delivery = delivery(240);
        for (int i = 0; i < 5; i++) {
            delivery.progress(false);
            pass(7, 1);
            delivery.progress(true);
            pass(1, 0);
        }
        assertThat(cut).hasValue(1);
    }

    @Test
    void aResponseThatWasTakenIsNotHeldAgainstTheNext() {
        AnswerDelivery delivery = delivery(240);
        ChannelPromise first = channel.newPromise();
        delivery.written(first);
        // A pipelined request, whose backend takes its time.
        delivery.begin();
        pass(5, 2000);
        first.setSuccess();
        channel.runPendingTasks();

        pass(1000, 0);
        assertThat(cut).hasValue(0);
        assertThat(complete).hasValue(0);
        assertThat(readSizes.slowClients()).isZero();
    }

    @Test
    void theLastResponseIsCompleteOnceItIsTaken() {
        AnswerDelivery delivery = delivery(240);
        ChannelPromise response = channel.newPromise();
        delivery.written(response);
        assertThat(delivery.complete()).isFalse();
        response.setSuccess();
        channel.runPendingTasks();

        assertThat(delivery.complete()).isTrue();
        assertThat(complete).hasValue(1);
    }

    private AnswerDelivery delivery(int rate) {
        channel.freezeTime();
        ListenSettings settings = new ListenSettings(
                DataSize.ofKilobytes(16),
                DataSize.ofKilobytes(32),
                100,
                null,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                null,
                DataSize.ofBytes(rate),
                Duration.ofSeconds(75),
                null,
                List.of(),
                true,
                100,
                Duration.ofSeconds(60),
                1000,
                false,
                false,
                null,
                null);
        return new AnswerDelivery(
                channel, settings, taken::get, readSizes, complete::incrementAndGet, () -> cut.compareAndSet(0, 1));
    }

    private void pass(int seconds, long bytes) {
        taken.addAndGet(bytes);
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }
}
