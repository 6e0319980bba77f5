package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class InboundBodyTests {

    private final ReplayMemory memory = new ReplayMemory(() -> 65_536, () -> 1 << 20);
    private final InboundBody body = new InboundBody(new InboundBody.Source() {
        @Override
        public void read(boolean wanted) {}

        @Override
        public void abandoned() {}
    });

    @Test
    void goesWholeToTheNextReceiverIfItIsRewoundWhileTheFirstTakesIt() {
        body.keep(memory);
        body.offer(new DefaultHttpContent(Unpooled.copiedBuffer("hello ", StandardCharsets.US_ASCII)));
        body.offer(new DefaultLastHttpContent(Unpooled.copiedBuffer("world", StandardCharsets.US_ASCII)));
        Taker second = new Taker(() -> {});

        body.receive(new Taker(body::rewind));
        body.receive(second);

        assertThat(second.text.toString()).isEqualTo("hello world");
        body.forget();
        assertThat(memory.kept()).isZero();
    }

    @Test
    void countsAsKeptWhileItWaitsForTheNextReceiver() {
        body.keep(memory);
        body.receive(new Taker(() -> {}));
        body.offer(new DefaultLastHttpContent(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII)));
        long kept = memory.kept();
        assertThat(kept).isPositive();

        body.rewind();
        assertThat(memory.kept()).isEqualTo(kept);
        body.receive(new Taker(() -> {}));
        assertThat(memory.kept()).isBetween(5L, kept);
        body.rewind();
        body.cancel();

        assertThat(memory.kept()).isZero();
    }

    private static final class Taker implements InboundBody.Receiver {

        private final StringBuilder text = new StringBuilder();
        private final Runnable atTheEnd;

        Taker(Runnable atTheEnd) {
            this.atTheEnd = atTheEnd;
        }

        @Override
        public void content(HttpContent content) {
            text.append(content.content().toString(StandardCharsets.US_ASCII));
            content.release();
            if (content instanceof LastHttpContent) {
                atTheEnd.run();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void failed(Throwable cause) {}

        @Override
        public void detach() {}
    }
}
