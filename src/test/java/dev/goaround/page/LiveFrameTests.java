package dev.goaround.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class LiveFrameTests {

    private final LiveFrame first = frame("{\"a\":1,\"b\":1}", null);
    private final LiveFrame second = frame("{\"a\":1,\"b\":2}", first);
    private final LiveFrame third = frame("{\"a\":1,\"b\":2}", second);

    private static LiveFrame frame(String json, @Nullable LiveFrame before) {
        var content = JsonMapper.shared().readTree(json);
        return before == null ? LiveFrame.first(content) : before.next(content);
    }

    private static String text(byte[] event) {
        return new String(event, StandardCharsets.UTF_8);
    }

    @Test
    void aViewerThatKeepsUpGetsTheChangesOnly() {
        assertThat(text(first.since(0))).isEqualTo("data: {\"a\":1,\"b\":1}\n\n");
        assertThat(text(second.since(first.number()))).isEqualTo("event: change\ndata: {\"b\":2}\n\n");
        assertThat(text(third.since(second.number()))).isEqualTo("event: change\ndata: {}\n\n");
    }

    @Test
    void aViewerThatMissedSomethingGetsAllOfIt() {
        assertThat(text(second.since(0))).isEqualTo("data: {\"a\":1,\"b\":2}\n\n");
        assertThat(text(third.since(first.number()))).isEqualTo("data: {\"a\":1,\"b\":2}\n\n");
    }

    @Test
    void whatIsSentIsMadeOnceForAll() {
        assertThat(third.since(0)).isSameAs(third.since(first.number()));
        assertThat(second.since(first.number())).isSameAs(second.since(first.number()));
    }
}
