package dev.goaround.settings;

/** What a zone may be called: as those of clouds and clusters are. */
public final class ZoneName {

    /** What a mistake says was expected. */
    public static final String EXPECTED = "expected up to 63 letters, digits, dots, dashes and underscores";

    private ZoneName() {}

    /** Whether this is a zone's name. */
    public static boolean valid(String name) {
        return name.matches("[A-Za-z0-9._-]{1,63}");
    }
}
