package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Races to connect in which the test decides when time passes and how each attempt ends. */
class ConnectRaceTests {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private final ConnectException refused = new ConnectException("Connection refused");

    private final EmbeddedChannel time = new EmbeddedChannel();
    private final List<Integer> tried = new ArrayList<>();
    private final List<ChannelPromise> attempts = new ArrayList<>();
    private boolean wanted = true;
    private @Nullable Channel winner;
    private @Nullable Throwable failure;

    private final ConnectRace race = race();

    private ConnectRace race() {
        time.freezeTime();
        return new ConnectRace(time.eventLoop(), this::connect, new ConnectRace.Listener() {
            @Override
            public boolean wanted() {
                return wanted;
            }

            @Override
            public void connected(Channel channel) {
                assertThat(winner).isNull();
                winner = channel;
            }

            @Override
            public void failed(Throwable cause) {
                assertThat(failure).isNull();
                failure = cause;
            }
        });
    }

    private ChannelFuture connect(InetSocketAddress address) {
        tried.add(address.getPort());
        ChannelPromise attempt = new EmbeddedChannel().newPromise();
        attempts.add(attempt);
        return attempt;
    }

    private void begin(int count) {
        race.limit(TIMEOUT);
        race.start(IntStream.rangeClosed(1, count)
                .mapToObj(port -> InetSocketAddress.createUnresolved("a", port))
                .toList());
    }

    private void pass(long millis) {
        time.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        time.runScheduledPendingTasks();
        time.runPendingTasks();
    }

    private void fails(int attempt) {
        attempts.get(attempt).setFailure(refused);
        pass(0);
    }

    private boolean open(int attempt) {
        return attempts.get(attempt).channel().isOpen();
    }

    @Test
    void triesTheNextAddressAfterAWhileAndClosesTheLoser() {
        begin(2);
        pass(249);
        assertThat(tried).containsExactly(1);
        pass(1);
        assertThat(tried).containsExactly(1, 2);

        attempts.get(1).setSuccess();

        assertThat(winner).isSameAs(attempts.get(1).channel());
        assertThat(open(0)).isFalse();
        assertThat(open(1)).isTrue();
    }

    @Test
    void theFirstMayStillWin() {
        begin(3);
        pass(250);
        attempts.get(0).setSuccess();
        pass(10_000);

        assertThat(winner).isSameAs(attempts.get(0).channel());
        assertThat(open(0)).isTrue();
        assertThat(open(1)).isFalse();
        assertThat(tried).containsExactly(1, 2);
        assertThat(failure).isNull();
    }

    @Test
    void aRefusalDoesNotWait() {
        begin(2);
        fails(0);
        assertThat(tried).containsExactly(1, 2);
        pass(10);
        attempts.get(1).setSuccess();

        assertThat(winner).isSameAs(attempts.get(1).channel());
    }

    @Test
    void aRefusalStartsTheWaitForTheNextOneAnew() {
        begin(3);
        pass(200);
        fails(0);
        pass(249);
        assertThat(tried).containsExactly(1, 2);
        pass(1);
        assertThat(tried).containsExactly(1, 2, 3);
    }

    @Test
    void failsOnlyWhenAllHave() {
        begin(3);
        fails(0);
        fails(1);
        assertThat(failure).isNull();
        fails(2);

        assertThat(failure).isSameAs(refused);
        pass(10_000);
        assertThat(winner).isNull();
    }

    @Test
    void aFailureIsNoneWhileAnotherAttemptIsUnderWay() {
        begin(2);
        pass(250);
        fails(1);
        assertThat(failure).isNull();
        attempts.get(0).setSuccess();

        assertThat(winner).isSameAs(attempts.get(0).channel());
    }

    @Test
    void theTimeoutBoundsAllOfThem() {
        begin(100);
        pass(1999);
        assertThat(failure).isNull();
        pass(1);

        assertThat(failure).isInstanceOf(ConnectTimeoutException.class);
        assertThat(attempts)
                .allSatisfy(attempt -> assertThat(attempt.channel().isOpen()).isFalse());
        int before = tried.size();
        pass(10_000);
        assertThat(tried).hasSize(before);
    }

    @Test
    void theTimeoutBoundsTheLookForAddressesToo() {
        race.limit(TIMEOUT);
        pass(2000);
        assertThat(failure).isInstanceOf(ConnectTimeoutException.class);

        race.start(List.of(InetSocketAddress.createUnresolved("a", 1)));
        assertThat(tried).isEmpty();
    }

    @Test
    void anAttemptThatSucceedsTooLateIsClosed() {
        begin(1);
        pass(2000);
        // The channel of an attempt that is under way may only now be closed.
        assertThat(open(0)).isFalse();
        attempts.get(0).setSuccess();

        assertThat(winner).isNull();
    }

    @Test
    void nothingIsTriedForSomebodyWhoIsGone() {
        begin(2);
        wanted = false;
        pass(10_000);

        assertThat(tried).containsExactly(1);
        assertThat(open(0)).isFalse();
        assertThat(winner).isNull();
        assertThat(failure).isNull();
    }
}
