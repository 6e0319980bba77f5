package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.OperatorState;
import org.jspecify.annotations.Nullable;

/**
 * What operators have said of one backend while GoAround runs.
 *
 * @param added what it is, if they list it themselves; null if they leave that to the other sources
 * @param removed whether it is out of the pool, whoever lists it
 * @param weight its weight instead of the listed one; null for that
 * @param maxConnections its limit instead of the listed one; null for that
 * @param state whether it gets traffic
 */
public record OperatorWord(
        @Nullable BackendSpec added,
        boolean removed,
        @Nullable Integer weight,
        @Nullable MaxConnections maxConnections,
        OperatorState state) {

    /** Nothing. */
    public static final OperatorWord NONE = new OperatorWord(null, false, null, null, OperatorState.READY);

    static final OperatorWord REMOVED = new OperatorWord(null, true, null, null, OperatorState.READY);

    /** The same for a backend that operators list themselves. */
    OperatorWord adding(BackendSpec spec) {
        return new OperatorWord(spec, false, null, null, state);
    }

    /** The same for a backend that the other sources list as it is to be. */
    OperatorWord asListed() {
        return new OperatorWord(null, false, null, null, state);
    }

    /** The same with what is set; nothing that is listed so anyway. */
    OperatorWord with(Settings set, @Nullable BackendSpec listed) {
        BackendSpec base = added == null ? listed : added;
        Integer heavy = set.weight() == null ? weight : set.weight();
        MaxConnections most = set.maxConnections() == null ? maxConnections : set.maxConnections();
        return new OperatorWord(
                added,
                removed,
                base != null && heavy != null && heavy == base.weight() ? null : heavy,
                base != null && base.maxConnections().equals(most) ? null : most,
                set.state() == null ? state : set.state());
    }

    /** What the backend is, if the other sources list it as this, or do not. */
    @Nullable
    BackendSpec over(@Nullable BackendSpec listed) {
        BackendSpec spec = added == null ? listed : added;
        if (spec == null || removed) {
            return null;
        }
        spec = weight == null ? spec : spec.weighing(weight);
        return maxConnections == null ? spec : spec.limitedTo(maxConnections);
    }

    /**
     * What is set of a backend at once.
     *
     * @param weight null to leave it as it is, as the others
     */
    public record Settings(
            @Nullable Integer weight,
            @Nullable MaxConnections maxConnections,
            @Nullable OperatorState state) {}
}
