package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.http.Deadline;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class UploadDeadlineTests {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final AtomicInteger reached = new AtomicInteger();

    @Test
    void withoutARateOnlyGapsCount() {
        UploadDeadline upload = upload(null);
        upload.begin();
        for (int i = 0; i < 100; i++) {
            pass(29);
            upload.received(1);
        }
        assertThat(reached).hasValue(0);
        pass(31);
        assertThat(reached).hasValue(1);
    }

    @Test
    void aTrickleBelowTheRateEndsAfterTheGrace() {
        UploadDeadline upload = upload(DataSize.ofBytes(1000));
        upload.begin();
        for (int i = 0; i < 9; i++) {
            pass(1);
            upload.received(100); // earns a tenth of a second each
        }
        pass(1);
        assertThat(reached).hasValue(0);
        pass(1);
        assertThat(reached).hasValue(1);
    }

    @Test
    void anUploadAtTheRateGoesOn() {
        UploadDeadline upload = upload(DataSize.ofBytes(1000));
        upload.begin();
        for (int i = 0; i < 100; i++) {
            pass(5);
            upload.received(5000);
        }
        assertThat(reached).hasValue(0);
    }

    @Test
    void timeInWhichTheClientIsMadeToWaitDoesNotCount() {
        UploadDeadline upload = upload(DataSize.ofBytes(1000));
        upload.begin();
        pass(9);
        upload.pause();
        pass(1000);
        upload.resume();
        assertThat(reached).hasValue(0);
        pass(2);
        assertThat(reached).hasValue(1);
    }

    private UploadDeadline upload(@Nullable DataSize rate) {
        channel.freezeTime();
        ListenSettings settings = new ListenSettings(
                DataSize.ofKilobytes(16),
                DataSize.ofKilobytes(32),
                100,
                null,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                rate,
                DataSize.ofBytes(240),
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
        return new UploadDeadline(
                new Deadline(channel.eventLoop(), reached::incrementAndGet), channel.eventLoop(), settings);
    }

    private void pass(int seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }
}
