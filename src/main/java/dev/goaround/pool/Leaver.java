package dev.goaround.pool;

import java.time.Instant;

/**
 * A backend that has left the pool and finishes what it has.
 *
 * @param member as it was in the pool; its health is followed while it goes on serving
 * @param since when it has got nothing new any more, or left if it goes on serving
 * @param serving whether it gets traffic all the same, until the first of those that have come in its place is healthy
 */
public record Leaver(Member member, Instant since, boolean serving) {

    public Backend backend() {
        return member.backend();
    }

    /** The same when others serve in its place. */
    Leaver relieved(Instant now) {
        return serving ? new Leaver(member, now, false) : this;
    }

    /** The same after it was found in another health. */
    Leaver found(Member changed) {
        return new Leaver(changed, since, serving);
    }
}
