package dev.goaround.settings;

import java.util.regex.Pattern;

/** Statuses of HTTP as settings write them: one, such as {@code 404}, or those from one to another, such as {@code 500-504}. */
public final class StatusRange {

    private static final Pattern RANGE = Pattern.compile("[1-5][0-9]{2}(-[1-5][0-9]{2})?");

    private StatusRange() {}

    /** Whether this is a range of statuses, all of them from {@code least} to 599. */
    public static boolean valid(String text, int least) {
        String range = text.strip();
        return RANGE.matcher(range).matches() && first(range) >= least && first(range) <= last(range);
    }

    /** Whether the status is in this range, which must be valid. */
    public static boolean contains(String text, int status) {
        String range = text.strip();
        return status >= first(range) && status <= last(range);
    }

    private static int first(String range) {
        return Integer.parseInt(range.substring(0, 3));
    }

    private static int last(String range) {
        return Integer.parseInt(range.substring(range.length() - 3));
    }
}
