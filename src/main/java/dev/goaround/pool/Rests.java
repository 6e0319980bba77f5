package dev.goaround.pool;

import java.util.ArrayList;
import java.util.List;

/**
 * The paths with which a backend has asked to be left alone for a while, at most {@value #MAX_PATHS}: those that it asked for last. Paths
 * are known by a number, so that long ones cost no more.
 *
 * @param paths the paths that are left alone
 * @param until when the last of them is over, in milliseconds since the epoch; 0 if there is none
 */
record Rests(List<Rest> paths, long until) {

    /** A backend that has not asked. */
    static final Rests NONE = new Rests(List.of(), 0);

    private static final int MAX_PATHS = 16;

    /** Whether the path is to be left alone at that time. */
    boolean rests(String path, long now) {
        int hash = path.hashCode();
        for (Rest rest : paths) {
            if (rest.path() == hash && now < rest.until()) {
                return true;
            }
        }
        return false;
    }

    /** Returns these, and the path until then. */
    Rests with(String path, long now, long end) {
        int hash = path.hashCode();
        List<Rest> kept = new ArrayList<>();
        for (Rest rest : paths) {
            if (rest.path() != hash && now < rest.until()) {
                kept.add(rest);
            }
        }
        if (kept.size() == MAX_PATHS) {
            kept.remove(0);
        }
        kept.add(new Rest(hash, end));
        return new Rests(
                List.copyOf(kept), kept.stream().mapToLong(Rest::until).max().orElse(0));
    }

    /**
     * One path that is left alone.
     *
     * @param path its number
     * @param until when that is over, in milliseconds since the epoch
     */
    record Rest(int path, long until) {}
}
