package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutOfMemoryExitTests {

    @ParameterizedTest
    @ValueSource(strings = {"Java heap space", "GC overhead limit exceeded", "Metaspace"})
    void aHeapThatIsUsedUpIsAReasonToEnd(String message) {
        OutOfMemoryError error = new OutOfMemoryError(message);

        assertThat(OutOfMemoryExit.usedUp(error)).isTrue();
        assertThat(OutOfMemoryExit.usedUp(new DecoderException(error))).isTrue();
        assertThat(OutOfMemoryExit.usedUp(new IllegalStateException("x", new DecoderException(error))))
                .isTrue();
    }

    @Test
    void whatMayPassIsNone() {
        for (String message : List.of(
                "Cannot reserve 65536 bytes of direct buffer memory (allocated: 1, limit: 2)",
                "unable to create native thread: possibly out of memory or process/resource limits reached")) {
            assertThat(OutOfMemoryExit.usedUp(new OutOfMemoryError(message))).isFalse();
        }
        assertThat(OutOfMemoryExit.usedUp(new StackOverflowError())).isFalse();
        assertThat(OutOfMemoryExit.usedUp(null)).isFalse();
    }
}
