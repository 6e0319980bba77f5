package dev.goaround;

import dev.goaround.pool.Member;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The few lines that tell whoever starts GoAround what runs, where, and over which backends.
 *
 * @param urls where it listens, with the ports really taken
 * @param policy name of the balancing algorithm in use
 * @param members the backends after their first probes
 */
record StartupReport(String version, ServerUrls urls, String policy, List<Member> members) {

    /** How many backends are listed. */
    private static final int MAX_LINES = 100;

    StartupReport {
        members = List.copyOf(members);
    }

    /** The picture, a line each; the backends' columns are aligned. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("GoAround " + version + "  " + urls.traffic() + "  "
                + (urls.status() == null ? "(management port off)" : "(status " + urls.status() + ")"));
        if (!members.isEmpty()) {
            lines.add(policy + " over " + (members.size() == 1 ? "1 backend:" : members.size() + " backends:"));
            String columns =
                    "  %-" + longest(members.stream().map(StartupReport::id).toList()) + "s  %-"
                            + longest(members.stream().map(StartupReport::url).toList()) + "s  %s";
            members.stream()
                    .limit(MAX_LINES)
                    .forEach(member -> lines.add(columns.formatted(id(member), url(member), state(member))));
            if (members.size() > MAX_LINES) {
                lines.add("  and " + (members.size() - MAX_LINES) + " more");
            }
        }
        return lines;
    }

    /** What the user should be warned of, or {@code null}. */
    @Nullable
    String warning() {
        return members.isEmpty() ? "no backends: every request gets 503 until one is configured (-b URL)" : null;
    }

    private static String id(Member member) {
        return member.backend().id();
    }

    private static String url(Member member) {
        return member.backend().spec().uri().toString();
    }

    private static String state(Member member) {
        StringBuilder state = new StringBuilder(member.label());
        if (!member.available()) {
            state.append(": ").append(member.labelCause());
        }
        if (member.backend().spec().weight() != 1) {
            state.append(", weight ").append(member.backend().spec().weight());
        }
        if (member.backend().spec().backup()) {
            state.append(", backup");
        }
        if (member.backend().spec().priority() != 0) {
            state.append(", priority ").append(member.backend().spec().priority());
        }
        if (member.backend().spec().zone() != null) {
            state.append(", zone ").append(member.backend().spec().zone());
        }
        return state.toString();
    }

    private static int longest(List<String> cells) {
        return cells.stream().mapToInt(String::length).max().orElse(1);
    }
}
