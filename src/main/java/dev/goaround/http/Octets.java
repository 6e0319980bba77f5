package dev.goaround.http;

/** Which bytes may stand where in a message (RFC 9110 section 5, RFC 9112 section 3). */
public final class Octets {

    private static final boolean[] TOKEN = new boolean[256];
    private static final boolean[] VALUE = new boolean[256];

    static {
        for (int c = '0'; c <= 'z'; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c);
        }
        "!#$%&'*+-.^_`|~".chars().forEach(c -> TOKEN[c] = true);
        for (int c = ' '; c < 256; c++) {
            VALUE[c] = c != 0x7f;
        }
        VALUE['\t'] = true;
    }

    private Octets() {}

    /** A character of a method or a field name. */
    public static boolean token(byte octet) {
        return TOKEN[octet & 0xff];
    }

    /** A byte of a field value, a reason phrase or a chunk extension: anything but control characters. */
    public static boolean value(byte octet) {
        return VALUE[octet & 0xff];
    }

    /** A byte of a request target: anything but control characters and spaces. */
    public static boolean target(byte octet) {
        return octet != ' ' && octet != '\t' && VALUE[octet & 0xff];
    }

    public static boolean blank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    public static boolean digit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    /** Returns the value of a hexadecimal digit, or -1. */
    public static int hex(byte octet) {
        return Character.digit(octet, 16);
    }
}
