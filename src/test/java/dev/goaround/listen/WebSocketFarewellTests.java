package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketFarewellTests {

    private static final String CLOSE = "880203e9";

    private final AtomicInteger over = new AtomicInteger();
    private final WebSocketFarewell farewell = new WebSocketFarewell(over::incrementAndGet);
    private final EmbeddedChannel channel = new EmbeddedChannel(farewell);

    @AfterEach
    void nothingIsLeft() {
        channel.finishAndReleaseAll();
    }

    @Test
    void isSaidAtOnceBetweenFrames() {
        channel.freezeTime();
        send("8102" + "6869");
        say();
        assertThat(sent()).isEqualTo("81026869" + CLOSE);
        assertThat(over).hasValue(0);

        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(over).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8105|68656c6c6f",
                "81|0568656c6c6f",
                "8105686|5|6c6c6f",
                "827e|0003|616263",
                "827e00|03616263",
                "827f0000000000000003|616263",
                "8183|01020304|606162",
                "8900|",
                "8103616263810|361|6263"
            })
    void waitsForTheEndOfAFrameThatIsHalfSent(String pieces) {
        String frames = pieces.replace("|", "");
        String[] parts = pieces.split("\\|", -1);
        boolean first = true;
        StringBuilder rest = new StringBuilder();
        for (String part : parts) {
            rest.append(part);
            if (rest.length() % 2 == 0) {
                send(rest.toString());
                rest.setLength(0);
            }
            if (first && rest.length() == 0 && !part.equals(frames)) {
                first = false;
                say();
            }
        }

        assertThat(sent()).isEqualTo(frames + CLOSE);
    }

    @Test
    void nothingFollowsIt() {
        say();
        send("8102" + "6869");

        assertThat(sent()).isEqualTo(CLOSE);
    }

    private void say() {
        farewell.say();
    }

    private void send(String hex) {
        channel.writeOutbound(new DefaultHttpContent(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex))));
    }

    private String sent() {
        ByteBuf all = Unpooled.buffer();
        for (HttpContent content = channel.readOutbound(); content != null; content = channel.readOutbound()) {
            all.writeBytes(content.content());
            content.release();
        }
        return ByteBufUtil.hexDump(all);
    }
}
