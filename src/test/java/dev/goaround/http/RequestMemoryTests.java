package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestMemoryTests {

    private static final long TOTAL = 1_000_000;

    private final RequestMemory memory = new RequestMemory(() -> TOTAL);

    @Test
    void oneConnectionHasASmallPartOfIt() {
        RequestMemory.Share greedy = memory.share();
        while (greedy.take(1000)) {
            // As much as it gets.
        }

        assertThat(memory.held()).isEqualTo(150_000);
        assertThat(memory.denied()).isEqualTo(1);
        greedy.give(150_000);
        assertThat(memory.held()).isZero();
        assertThat(greedy.take(150_000)).isTrue();
    }

    @Test
    void somethingIsLeftForSmallRequestsOfOthers() {
        for (int i = 0; i < 20; i++) {
            RequestMemory.Share greedy = memory.share();
            while (greedy.take(1000)) {
                // As much as it gets.
            }
        }

        for (int i = 0; i < 25; i++) {
            assertThat(memory.share().take(4000)).isTrue();
        }
    }

    @Test
    void allOfThemTogetherHaveNoMoreThanThereIs() {
        for (int i = 0; i < 1000; i++) {
            memory.share().take(4000);
            assertThat(memory.held()).isLessThanOrEqualTo(TOTAL);
        }

        assertThat(memory.denied()).isPositive();
    }

    @Test
    void aHeadCountsAsWhatItTakesOnTheHeap() {
        HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        long bare = RequestMemory.sizeOf(head);
        for (int i = 0; i < 100; i++) {
            head.headers().add("x", "");
        }

        assertThat(RequestMemory.sizeOf(head) - bare).isGreaterThan(100 * 100);
    }

    @Test
    void largeFieldsGoButForThoseThatAreNeeded() {
        HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        head.headers()
                .add("Host", "a")
                .add("Cookie", "c".repeat(5000))
                .add("X", "1")
                .add("referer", "r".repeat(5000));
        head.headers().add("X", "2");
        RequestMemory.dropLargeFields(head.headers(), List.of(HttpHeaderNames.REFERER));

        assertThat(head.headers().names()).containsExactlyInAnyOrder("Host", "X", "referer");
        assertThat(head.headers().getAll("x")).containsExactly("1", "2");
    }
}
