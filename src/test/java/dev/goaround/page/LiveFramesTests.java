package dev.goaround.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;
import tools.jackson.databind.json.JsonMapper;

class LiveFramesTests {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final AtomicInteger made = new AtomicInteger();
    private final LiveFrames frames = new LiveFrames(
            () -> JsonMapper.shared()
                    .createObjectNode()
                    .put("n", made.incrementAndGet())
                    .put("same", true),
            time);

    @AfterEach
    void stop() {
        time.dispose();
    }

    private void seconds(int count) {
        time.advanceTimeBy(Duration.ofSeconds(count));
    }

    private static List<String> written(List<Mono<byte[]>> events) {
        List<String> written = new ArrayList<>();
        events.forEach(event ->
                event.subscribe(bytes -> written.add(new String(bytes, StandardCharsets.UTF_8).strip())));
        return written;
    }

    @Test
    void allViewersShareWhatIsMadeOnce() {
        List<String> one = new ArrayList<>();
        List<byte[]> ones = new ArrayList<>();
        List<byte[]> others = new ArrayList<>();
        frames.updates()
                .subscribe(event -> event.subscribe(bytes -> {
                    ones.add(bytes);
                    one.add(new String(bytes, StandardCharsets.UTF_8).strip());
                }));
        time.advanceTimeBy(Duration.ZERO);
        frames.updates().subscribe(event -> event.subscribe(others::add));
        seconds(2);
        assertThat(made).hasValue(3);
        assertThat(one)
                .containsExactly(
                        "data: {\"n\":1,\"same\":true}",
                        "event: change\ndata: {\"n\":2}",
                        "event: change\ndata: {\"n\":3}");
        assertThat(others).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(others.get(i)).isSameAs(ones.get(i));
        }
    }

    @Test
    void aSlowViewerSkipsWhatItHasMissed() {
        List<Mono<byte[]>> waiting = new ArrayList<>();
        frames.updates().subscribe(waiting::add);
        time.advanceTimeBy(Duration.ZERO);
        assertThat(written(waiting)).containsExactly("data: {\"n\":1,\"same\":true}");
        waiting.clear();
        seconds(10);
        assertThat(written(waiting)).containsExactly("data: {\"n\":11,\"same\":true}");
        waiting.clear();
        seconds(1);
        assertThat(written(waiting)).containsExactly("event: change\ndata: {\"n\":12}");
    }

    @Test
    void nothingIsMadeWhileNobodyLooks() {
        var viewer = frames.updates().subscribe();
        seconds(1);
        viewer.dispose();
        seconds(10);
        assertThat(made).hasValue(2);
        List<String> again = new ArrayList<>();
        frames.updates().subscribe(event -> again.addAll(written(List.of(event))));
        time.advanceTimeBy(Duration.ZERO);
        assertThat(again).containsExactly("data: {\"n\":3,\"same\":true}");
    }
}
