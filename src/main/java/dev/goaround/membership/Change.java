package dev.goaround.membership;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A change of who is in the pool, or how.
 *
 * @param number counts from 1 at each start
 * @param source who lists something else now: {@code operator}, {@code file}
 * @param by how the operator was recognized; null for other sources
 * @param lines what has changed, in a few words each: {@code weight of a-1: 1 -> 3}
 * @param before what operators had said before it of the backends of which they have said something else with it, by endpoint
 * @param after what they have said of them with it
 */
public record Change(
        long number,
        Instant at,
        String source,
        @Nullable String by,
        List<String> lines,
        Map<String, OperatorWord> before,
        Map<String, OperatorWord> after) {

    public Change {
        lines = List.copyOf(lines);
        before = Map.copyOf(before);
        after = Map.copyOf(after);
    }

    /** Whether an operator made it. */
    public boolean byOperator() {
        return source.equals(OperatorLayer.SOURCE);
    }
}
