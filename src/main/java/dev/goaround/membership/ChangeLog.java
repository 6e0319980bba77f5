package dev.goaround.membership;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The latest changes. Not thread-safe. */
final class ChangeLog {

    private static final int LENGTH = 100;

    private final Deque<Change> changes = new ArrayDeque<>(LENGTH);
    private long last;

    /** The number of the next change. */
    long next() {
        return last + 1;
    }

    void add(Change change) {
        last = change.number();
        if (changes.size() == LENGTH) {
            changes.removeFirst();
        }
        changes.addLast(change);
    }

    /** The latest first. */
    List<Change> latest() {
        List<Change> latest = new ArrayList<>(changes);
        Collections.reverse(latest);
        return latest;
    }

    Optional<Change> change(long number) {
        return changes.stream().filter(change -> change.number() == number).findFirst();
    }

    /** Returns what operators have said once the change is taken back, or refuses if they have said more since. */
    OperatorLayer undo(Change change, OperatorLayer now) {
        if (!change.byOperator()) {
            throw new RefusedChangeException("change " + change.number() + " can't be undone here: it came from "
                    + change.source() + ", which is to be changed itself");
        }
        change.after().forEach((endpoint, word) -> {
            if (!now.of(endpoint).equals(word)) {
                throw new RefusedChangeException("change " + change.number() + " can't be undone: change "
                        + latestAbout(endpoint) + " has said something else of " + endpoint + " since");
            }
        });
        return now.with(change.before());
    }

    private long latestAbout(String endpoint) {
        return latest().stream()
                .filter(change -> change.after().containsKey(endpoint))
                .mapToLong(Change::number)
                .findFirst()
                .orElse(last);
    }
}
