package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IdSequenceTests {

    private static final long NOW = 0x0192_F4B6_1C2DL;

    private final AtomicLong millis = new AtomicLong(NOW);
    private final IdSequence sequence = new IdSequence(millis::get, new SplittableRandom(1));

    @Test
    void idsAreUuidsOfVersion7ThatBeginWithTheTime() {
        String id = sequence.next();

        assertThat(id).matches("0192f4b6-1c2d-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        UUID uuid = UUID.fromString(id);
        assertThat(uuid.version()).isEqualTo(7);
        assertThat(uuid.variant()).isEqualTo(2);
        assertThat(uuid).hasToString(id);
    }

    @Test
    void eachIsGreaterThanTheOneBefore() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            ids.add(sequence.next());
            millis.addAndGet(i % 3);
        }

        assertThat(ids).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void moreThanTheCounterHoldsInAMillisecondRunAheadOfTheClock() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            ids.add(sequence.next());
        }

        assertThat(ids).isSorted().doesNotHaveDuplicates();
        assertThat(ids.get(9_999)).startsWith("0192f4b6-1c2").isGreaterThan("0192f4b6-1c2e");
    }

    @Test
    void aClockThatGoesBackChangesNothing() {
        String before = sequence.next();
        millis.addAndGet(-5_000);

        assertThat(sequence.next()).isGreaterThan(before);
    }

    @Test
    void twoSequencesGiveDifferentIdsAtTheSameTime() {
        IdSequence other = new IdSequence(millis::get, new SplittableRandom(2));
        HashSet<String> ids = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            ids.add(sequence.next());
            ids.add(other.next());
        }

        assertThat(ids).hasSize(2_000);
    }
}
