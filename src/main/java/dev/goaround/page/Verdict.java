package dev.goaround.page;

import dev.goaround.observe.TrafficFigures;
import dev.goaround.pool.Backend;
import dev.goaround.pool.Health;
import dev.goaround.pool.Member;
import dev.goaround.pool.PoolSnapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * How things stand, in words.
 *
 * @param level {@code good}, {@code warning} or {@code bad}
 * @param words a sentence or several
 */
public record Verdict(String level, String words) {

    /** Of all requests of the last minute, in which as many failed as this, users complain. */
    private static final double NOTEWORTHY_ERRORS = 0.01;

    /**
     * Finds the words.
     *
     * @param waiting requests that wait for a backend's place
     * @param minute what the last minute was like
     */
    static Verdict of(PoolSnapshot pool, int waiting, TrafficFigures minute) {
        List<Member> ill = pool.members().stream()
                .filter(member -> member.ready() && member.health() == Health.DEGRADED)
                .toList();
        List<String> sentences = new ArrayList<>();
        String level = members(pool, ill, sentences);
        if (waiting > 0) {
            level = worse(level, "warning");
            sentences.add(count(waiting, "request waits", "requests wait")
                    + " for a free place, since every backend is full.");
        }
        if (minute.errorShare() >= NOTEWORTHY_ERRORS) {
            level = worse(level, "warning");
            sentences.add(percent(minute.errorShare()) + " of the requests of the last minute failed.");
        }
        return new Verdict(level, String.join(" ", sentences));
    }

    private static String members(PoolSnapshot pool, List<Member> ill, List<String> sentences) {
        if (pool.members().isEmpty()) {
            sentences.add("There are no backends: every request gets 503.");
            return "bad";
        }
        if (pool.eligible().isEmpty()) {
            sentences.add("No backend can be used: every request gets 503.");
            ill.stream().limit(2).forEach(member -> sentences.add(about(member)));
            return "bad";
        }
        if (pool.panic()) {
            sentences.add("So few backends are healthy that all are used, the ill ones as well.");
            return "bad";
        }
        sayWhoIsIll(pool, ill, sentences);
        long kept = pool.members().stream().filter(member -> !member.ready()).count();
        if (kept > 0) {
            sentences.add(count(kept, "backend is", "backends are") + " kept from traffic by an operator.");
        }
        long draining = pool.members().stream()
                .filter(member -> member.ready() && member.health() == Health.DRAINING)
                .count();
        if (draining > 0) {
            sentences.add(count(draining, "backend drains", "backends drain") + ", as it was asked to.");
        }
        boolean onBackups = pool.eligible().stream().map(Backend::spec).allMatch(spec -> spec.backup());
        if (onBackups
                && pool.members().stream()
                        .anyMatch(member -> !member.backend().spec().backup())) {
            sentences.add("Only backups are left.");
            return "warning";
        }
        return ill.isEmpty() ? "good" : "warning";
    }

    private static void sayWhoIsIll(PoolSnapshot pool, List<Member> ill, List<String> sentences) {
        int all = pool.members().size();
        if (ill.isEmpty()) {
            if (pool.members().stream().allMatch(Member::available)) {
                sentences.add(all == 1 ? "The backend is healthy." : "All " + all + " backends are healthy.");
            }
            return;
        }
        boolean one = ill.size() == 1;
        sentences.add(ill.size() + " of " + count(all, "backend", "backends")
                + (one ? " is ill; " : " are ill; ")
                + (pool.eligible().size() == 1 ? "the other one gets " : "the others get ")
                + (one ? "its traffic." : "their traffic."));
        ill.stream().limit(2).forEach(member -> sentences.add(about(member)));
        if (ill.size() > 2) {
            sentences.add("And " + (ill.size() - 2) + " more.");
        }
    }

    private static String about(Member member) {
        return member.backend().id() + ": " + member.cause() + ".";
    }

    private static String count(long number, String one, String more) {
        return number + " " + (number == 1 ? one : more);
    }

    private static String worse(String one, String other) {
        return one.equals("bad") ? one : other;
    }

    static String percent(double share) {
        double percent = share * 100;
        return (percent < 10 ? Math.round(percent * 10) / 10.0 : (double) Math.round(percent)) + " %";
    }
}
