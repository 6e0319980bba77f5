package dev.goaround.observe;

/** What a request's method promises (RFC 9110 section 9.2). */
public enum MethodClass {
    /** It only asks. */
    SAFE,
    /** Twice is the same as once. */
    IDEMPOTENT,
    /** Anything else. */
    OTHER,
    /** There is none: the request could not be read so far. */
    UNKNOWN;

    public static MethodClass of(String method) {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS" -> SAFE;
            case "PUT", "DELETE" -> IDEMPOTENT;
            default -> OTHER;
        };
    }
}
