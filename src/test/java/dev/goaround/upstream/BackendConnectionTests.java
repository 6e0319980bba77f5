package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.Balancers;
import dev.goaround.http.InboundBody;
import dev.goaround.http.MessageDecoder;
import dev.goaround.http.MessageEncoder;
import dev.goaround.http.MessageLimits;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.Pools;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** The protocol on one connection, with time in the test's hands. */
class BackendConnectionTests {

    private static final Timeouts TIMEOUTS = new Timeouts(
            Duration.ofSeconds(30).toNanos(), Duration.ofSeconds(60).toNanos(), 0, 0, 0);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<BackendConnection> idle = new ArrayList<>();
    private final BackendConnection connection;

    BackendConnectionTests() {
        channel.freezeTime();
        BackendPool pool = new BackendPool(Balancers.named("round-robin").orElseThrow(), new ManualClock());
        Backend backend = Pools.fill(pool, Pools.spec("http://localhost:9000")).get(0);
        MessageDecoder decoder = MessageDecoder.ofResponses(new MessageLimits(16 * 1024, 64 * 1024, 1000));
        connection = new BackendConnection(channel, backend, decoder, () -> TIMEOUTS, new IdlePatience(), idle::add);
        channel.pipeline().addLast(decoder, new MessageEncoder(), connection);
    }

    @AfterEach
    void nothingIsLeft() {
        channel.finishAndReleaseAll();
    }

    @Test
    void goesBackToItsPoolAfterAnAnswerThatEndedAsAnnounced() {
        Sent sent = get();

        channel.writeInbound(bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));

        assertThat(written()).isEqualTo("GET / HTTP/1.1\r\n\r\n");
        assertThat(sent.outcomes).containsExactly(new Outcome.Answered(200));
        assertThat(idle).containsExactly(connection);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
            })
    void closesAfterAnAnswerThatSaysSo(String answer) {
        get();

        channel.writeInbound(bytes(answer));

        assertThat(idle).isEmpty();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void closesWhenAnythingComesUnasked() {
        channel.writeInbound(bytes("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"));

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void closesAfterHavingBeenIdleForLong() {
        get();
        channel.writeInbound(bytes("HTTP/1.1 204 No Content\r\n\r\n"));

        pass(3_999);
        assertThat(channel.isOpen()).isTrue();
        pass(2);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void failsAnAttemptWhoseAnswerIsLate() {
        Sent sent = get();

        pass(29_999);
        assertThat(sent.outcomes).isEmpty();
        pass(2);

        assertThat(sent.outcomes)
                .containsExactly(new Outcome.Failed(Phase.WAIT, Kind.TIMEOUT, "timed out", false, true));
        assertThat(sent.errors).hasSize(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aClientThatIsSlowToSendIsNotTheBackendsFault() {
        get();
        channel.writeInbound(bytes("HTTP/1.1 204 No Content\r\n\r\n"));
        InboundBody body = new InboundBody(new NoSource());
        body.readComplete();
        Sent sent = send(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/"), body);

        pass(3_600_000);
        assertThat(sent.outcomes).isEmpty();

        body.offer(LastHttpContent.EMPTY_LAST_CONTENT);
        pass(30_001);
        assertThat(sent.outcomes)
                .containsExactly(new Outcome.Failed(Phase.WAIT, Kind.TIMEOUT, "timed out", true, true));
    }

    @Test
    void aConnectionThatEndsBeforeItsAnswerIsStaleOnlyIfItWasReused() {
        Sent first = get();
        channel.writeInbound(bytes("HTTP/1.1 204 No Content\r\n\r\n"));
        Sent second = get();
        channel.close();

        assertThat(first.outcomes).containsExactly(new Outcome.Answered(204));
        assertThat(second.outcomes)
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.stale()).isTrue());
    }

    @Test
    void cancellingClosesWithoutBlame() {
        Sent sent = get();

        sent.subscription.dispose();

        assertThat(sent.outcomes).containsExactly(new Outcome.Cancelled());
        assertThat(channel.isOpen()).isFalse();
    }

    private Sent get() {
        return send(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"), null);
    }

    private Sent send(HttpRequest head, @Nullable InboundBody body) {
        return new Sent(head, body);
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
            text.append(buffer.toString(StandardCharsets.ISO_8859_1));
            buffer.release();
        }
        return text.toString();
    }

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** A client's connection that only the test reads from. */
    private static final class NoSource implements InboundBody.Source {
        @Override
        public void read(boolean wanted) {}

        @Override
        public void abandoned() {}
    }

    /** One request on the connection, and everything that comes of it. */
    private final class Sent implements UpstreamRequest.Listener {
        @Override
        public void connected() {
            // Of no interest here.
        }

        final List<Outcome> outcomes = new ArrayList<>();
        final List<Throwable> errors = new ArrayList<>();
        final Disposable subscription;

        Sent(HttpRequest head, @Nullable InboundBody body) {
            UpstreamRequest request = new UpstreamRequest(head, body, null, null, true, channel.eventLoop(), this);
            UpstreamExchange exchange = new UpstreamExchange(request, next -> next.connected(connection));
            subscription = exchange.subscribe(
                    response -> ((UpstreamResponse) response).body().receive(new Reader()), errors::add);
        }

        @Override
        public void handedOver() {}

        @Override
        public void sent() {}

        @Override
        public void interim(HttpResponse response) {}

        @Override
        public void ended(Outcome outcome) {
            outcomes.add(outcome);
        }
    }

    /** Takes whatever comes. */
    private static final class Reader implements InboundBody.Receiver {
        @Override
        public void content(HttpContent content) {
            content.release();
        }

        @Override
        public void flush() {}

        @Override
        public void failed(Throwable cause) {}
    }
}
