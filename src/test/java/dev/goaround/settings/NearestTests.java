package dev.goaround.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTests {

    private static final List<String> KNOWN = List.of("port", "backend", "max-connections");

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "prot,            port", // swapped neighbours are one slip
        "ports,           port",
        "backends,        backend",
        "bakcned,         backend",
        "maxconnections,  max-connections",
        "max-conns,       ", // six away
        "xyz,             ",
    })
    void findsTheNearestUnlessItIsFar(String typed, @Nullable String nearest) {
        assertThat(Nearest.to(typed, KNOWN).orElse(null)).isEqualTo(nearest);
    }
}
