package dev.goaround.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackendListTests {

    @Test
    void refusesAListOfTooMany() {
        assertThat(list(10_001).mistakes())
                .singleElement()
                .hasToString("goaround.backends 10001 backends: expected at most 10000");
        assertThat(list(10_001).specs()).isEmpty();
        assertThat(list(10_000).mistakes()).isEmpty();
        assertThat(list(10_000).specs()).hasSize(10_000);
    }

    private static BackendList list(int length) {
        List<BackendEntry> entries = IntStream.range(0, length)
                .mapToObj(i -> BackendEntry.valueOf("http://app-" + i + ":80"))
                .toList();
        return BackendList.of(
                "goaround.backends", entries, new BackendDefaults(MaxConnections.valueOf(9), Protocol.AUTO, false));
    }
}
