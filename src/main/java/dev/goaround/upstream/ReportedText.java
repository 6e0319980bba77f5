package dev.goaround.upstream;

/** Text from a backend's body on its way to the log and the status: short, and without anything that moves a cursor. */
final class ReportedText {

    private ReportedText() {}

    /** Returns the text without control and format characters, cut off after so many. */
    static String of(String text, int longest) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(4L * longest)
                .filter(ReportedText::visible)
                .limit(longest)
                .forEach(clean::appendCodePoint);
        return clean.toString().strip();
    }

    private static boolean visible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
