package dev.goaround.membership;

import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Listing;
import dev.goaround.settings.SettingText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What differs between two lists of backends, in words. */
final class Differences {

    /** A change of everything is no easier to read for being told line by line. */
    private static final int MOST_LINES = 100;

    private final List<String> lines = new ArrayList<>();

    private Differences() {}

    /**
     * Returns a line for each difference, of the first hundred.
     *
     * @param idsBefore the ids of those before, in the same order
     * @param idsAfter the ids of those after, likewise
     */
    static List<String> lines(
            List<Listing> before, List<String> idsBefore, List<Listing> after, List<String> idsAfter) {
        Differences differences = new Differences();
        Map<String, Integer> known = new LinkedHashMap<>();
        for (int i = 0; i < before.size(); i++) {
            known.put(before.get(i).spec().endpoint(), i);
        }
        for (int i = 0; i < after.size(); i++) {
            Listing listing = after.get(i);
            Integer was = known.remove(listing.spec().endpoint());
            if (was == null) {
                differences.lines.add(
                        "added " + idsAfter.get(i) + " (" + listing.spec().uri() + ")" + apart(listing.spec()));
                differences.state(idsAfter.get(i), Listing.of(listing.spec(), ""), listing);
            } else {
                differences.compare(idsBefore.get(was), before.get(was), listing);
            }
        }
        known.values()
                .forEach(gone -> differences.lines.add("removed " + idsBefore.get(gone) + " ("
                        + before.get(gone).spec().uri() + ")"));
        return differences.firstLines();
    }

    /** What a backend has that most have not. */
    private static String apart(BackendSpec spec) {
        return (spec.weight() == 1 ? "" : ", weight " + spec.weight())
                + (spec.backup() ? ", backup" : "")
                + (spec.priority() == 0 ? "" : ", priority " + spec.priority())
                + (spec.zone() == null ? "" : ", zone " + spec.zone());
    }

    private void compare(String id, Listing before, Listing after) {
        BackendSpec was = before.spec();
        BackendSpec is = after.spec();
        line("weight", id, was.weight(), is.weight());
        line("max-connections", id, was.maxConnections(), is.maxConnections());
        line("backup", id, was.backup(), is.backup());
        line("protocol", id, was.protocol(), is.protocol());
        line("priority", id, was.priority(), is.priority());
        line("zone", id, zone(was), zone(is));
        state(id, before, after);
    }

    private static String zone(BackendSpec spec) {
        return spec.zone() == null ? "none" : spec.zone();
    }

    private void state(String id, Listing before, Listing after) {
        line("state", id, before.state(), after.state());
    }

    private void line(String what, String id, Object was, Object is) {
        if (!was.equals(is)) {
            lines.add(what + " of " + id + ": " + SettingText.of(was) + " -> " + SettingText.of(is));
        }
    }

    private List<String> firstLines() {
        int more = lines.size() - MOST_LINES;
        if (more <= 0) {
            return lines;
        }
        List<String> first = new ArrayList<>(lines.subList(0, MOST_LINES));
        first.add("and " + more + " more");
        return first;
    }
}
