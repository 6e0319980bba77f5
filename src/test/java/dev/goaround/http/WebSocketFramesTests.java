package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebSocketFramesTests {

    private final WebSocketFrames frames = new WebSocketFrames();

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "'',                 true",
        "81,                 false",
        "8102,               false",
        "810268,             false",
        "81026869,           true",
        "8100,               true",
        "8900,               true",
        "0102686980026869,   true",
        "818201020304,       false",
        "8182010203046869,   true",
        "827e0003616263,     true",
        "827e00036162,       false",
        "827f0000000000000003616263, true",
        "827f00000000000000, false",
        // No frame: a reserved opcode, a length that nothing has.
        "8300,               false",
        "474554202f20,       false",
        "827fffffffffffffffff, false"
    })
    void ownFramesComeOnlyBetweenOthers(String bytes, boolean between) {
        follow(bytes);
        assertThat(frames.between()).isEqualTo(between);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "8800, true",
        "880203e9, true",
        "8802, false",
        "8882010203040203, true",
        "8900, false",
        "81020888, false"
    })
    void aCloseFrameIsTheLast(String bytes, boolean closed) {
        follow(bytes);
        assertThat(frames.closed()).isEqualTo(closed);
    }

    @Test
    void itDoesNotMatterHowBytesArrive() {
        for (String octet : "81 02 68 69 82 7e 00 01 61 88 02 03 e8".split(" ", -1)) {
            assertThat(frames.closed()).isFalse();
            follow(octet);
        }
        assertThat(frames.closed()).isTrue();
        assertThat(frames.between()).isTrue();
    }

    @Test
    void closeFramesHaveTheirCode() {
        assertThat(ByteBufUtil.hexDump(WebSocketFrames.close(1001))).isEqualTo("880203e9");
        assertThat(ByteBufUtil.hexDump(WebSocketFrames.maskedClose(1012, 0x01020304)))
                .isEqualTo("88820102030402f6");
    }

    private void follow(String bytes) {
        ByteBuf passing = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(bytes));
        frames.follow(passing);
        assertThat(passing.readableBytes()).isEqualTo(bytes.length() / 2);
    }
}
