package dev.goaround.pool;

import java.util.List;

/**
 * A backend that the pool is to have.
 *
 * @param spec what it is
 * @param sources who lists it, the one whose word counts first: {@code configuration}
 * @param state what an operator has said of it
 */
public record Listing(BackendSpec spec, List<String> sources, OperatorState state) {

    public Listing {
        sources = List.copyOf(sources);
    }

    /** A backend that one source lists and of which no operator has said anything. */
    public static Listing of(BackendSpec spec, String source) {
        return new Listing(spec, List.of(source), OperatorState.READY);
    }
}
