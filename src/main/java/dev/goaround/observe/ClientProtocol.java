package dev.goaround.observe;

/** What clients speak. */
public enum ClientProtocol {
    HTTP1("http/1"),
    HTTP2("http/2"),
    HTTP3("http/3");

    private final String label;

    ClientProtocol(String label) {
        this.label = label;
    }

    /**
     * The protocol of a version of HTTP.
     *
     * @param version 1.0, 1.1, 2.0 or 3.0
     */
    public static ClientProtocol of(String version) {
        return switch (version.charAt(0)) {
            case '2' -> HTTP2;
            case '3' -> HTTP3;
            default -> HTTP1;
        };
    }

    public String label() {
        return label;
    }
}
