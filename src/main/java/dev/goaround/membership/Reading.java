package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import java.util.List;

/**
 * What the content of a file says.
 *
 * @param specs the backends that it lists; complete only if there are no mistakes
 * @param mistakes a sentence for everything wrong with it
 */
public record Reading(List<BackendSpec> specs, List<String> mistakes) {

    public Reading {
        specs = List.copyOf(specs);
        mistakes = List.copyOf(mistakes);
    }

    /** A content that can't be made anything of. */
    public static Reading refused(String mistake) {
        return new Reading(List.of(), List.of(mistake));
    }
}
