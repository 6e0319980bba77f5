package dev.goaround.http;

import dev.goaround.http.MalformedMessage.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;

/**
 * Reads what comes in lines: start lines and fields (RFC 9112 sections 2 to 5), of which every line ends in CRLF. Lines are
 * read when all of them are there, from a copy on the heap, where looking at single bytes is cheap.
 *
 * <p>There is one for each thread. Between {@link #begin} and the end of the section no other section is read.
 */
final class HeadReader {

    private static final AsciiString HTTP = AsciiString.cached("HTTP/");
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final int SHORT = 2048;
    private static final int CRLF_CRLF = 0x0d0a0d0a;
    private static final int NOT_REPAIRED = -1;
    private static final int MAX_NAME = 64;
    /** Larger copies are not kept for the next section. */
    private static final int KEPT = 128 * 1024;

    private static final FastThreadLocal<HeadReader> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected HeadReader initialValue() {
            return new HeadReader();
        }
    };

    private final NameCache names = new NameCache();
    private byte[] bytes = new byte[2048];
    private int at;
    private int from;
    private boolean naming;
    private int repairedFrom = NOT_REPAIRED;

    private HeadReader() {}

    static HeadReader ofThread() {
        return OF_THREAD.get();
    }

    /**
     * Returns how many bytes the section that begins here has at least, or 0 if its end has not come yet.
     *
     * @param looked how many bytes have been looked at before, without finding the end
     * @param naming whether what is wrong is told together with its place
     */
    static int available(ByteBuf in, int looked, boolean afterStartLine, boolean naming) {
        int readable = in.readableBytes();
        // The usual case: nothing follows a head. Where exactly it ends is found by reading it. In a large read there
        // may be
        // thousands of heads, so that all of it must not be copied for each.
        if (readable >= 4 && readable <= SHORT && in.getInt(in.writerIndex() - 4) == CRLF_CRLF) {
            return readable;
        }
        int begin = in.readerIndex();
        int end = in.writerIndex();
        for (int lf = in.indexOf(begin + looked, end, LF); lf >= 0; lf = in.indexOf(lf + 1, end, LF)) {
            if (lf == begin || in.getByte(lf - 1) != CR) {
                throw MalformedMessageException.syntax(
                        "a line does not end in CRLF" + (naming ? place(in, lf - begin) : ""));
            }
            boolean empty = lf == begin + 1 ? !afterStartLine : lf > begin + 2 && in.getByte(lf - 2) == LF;
            if (empty) {
                return lf + 1 - begin;
            }
        }
        return 0;
    }

    /** Whether the next bytes, of which there may be few yet, can be the beginning of a response. */
    static boolean mayBeResponse(ByteBuf in) {
        int length = Math.min(in.readableBytes(), HTTP.length());
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != HTTP.byteAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Begins to read the next bytes, which hold a whole section. */
    HeadReader begin(ByteBuf in, int length) {
        if (bytes.length < length || bytes.length > KEPT) {
            bytes = new byte[Math.max(2048, length)];
        }
        in.getBytes(in.readerIndex(), bytes, 0, length);
        at = 0;
        from = 0;
        naming = false;
        repairedFrom = NOT_REPAIRED;
        return this;
    }

    /** Begins to read the next bytes, which hold a whole section that is to be {@linkplain LenientHead repaired}. */
    HeadReader beginRepaired(ByteBuf in, int length, boolean afterStartLine) {
        bytes = LenientHead.repaired(in, length, afterStartLine);
        at = 0;
        from = 0;
        naming = false;
        repairedFrom = length;
        return this;
    }

    /** Sets whether what is wrong is told together with its place, which the peer must not see. */
    HeadReader naming(boolean on) {
        naming = on;
        return this;
    }

    /** How many bytes have been read since the beginning. */
    int read() {
        return at;
    }

    /** How many bytes the section took on the wire, once it has been read. */
    int consumed() {
        return repairedFrom == NOT_REPAIRED ? at : repairedFrom;
    }

    private MalformedMessageException malformed(String what) {
        return MalformedMessageException.syntax(naming ? what + place(Unpooled.wrappedBuffer(bytes), at) : what);
    }

    /** Says in which field a byte is, by its name as far as that is one, and where. */
    private static String place(ByteBuf in, int offset) {
        int begin = in.readerIndex();
        int line = begin + offset;
        while (line > begin && in.getByte(line - 1) != LF) {
            line--;
        }
        int end = line;
        while (end < in.writerIndex() && end - line < MAX_NAME && Octets.token(in.getByte(end))) {
            end++;
        }
        String field = line == begin || end == line
                ? ""
                : "field " + in.toString(line, end - line, StandardCharsets.US_ASCII) + ", ";
        return " (" + field + "byte " + offset + ")";
    }

    /** Reads a word of at least one token character, and the one character that must follow it. */
    String token(char end, String what) {
        from = at;
        while (Octets.token(bytes[at])) {
            at++;
        }
        return word(end, what);
    }

    /** Reads a request target, and the space that must follow it. */
    String target() {
        from = at;
        while (Octets.target(bytes[at])) {
            at++;
        }
        return word(' ', "the request target");
    }

    private String word(char end, String what) {
        if (at == from || bytes[at] != end) {
            throw malformed(what + " is malformed");
        }
        return text(from, at++);
    }

    private String text(int begin, int end) {
        return new String(bytes, begin, end - begin, StandardCharsets.ISO_8859_1);
    }

    /** Reads {@code HTTP/1.} and returns the digit that follows. */
    int minorVersion() {
        boolean named = bytes[at] == 'H' && bytes[at + 1] == 'T' && bytes[at + 2] == 'T' && bytes[at + 3] == 'P';
        if (!named
                || bytes[at + 4] != '/'
                || !Octets.digit(bytes[at + 5])
                || bytes[at + 6] != '.'
                || !Octets.digit(bytes[at + 7])) {
            throw malformed("the version is malformed");
        }
        if (bytes[at + 5] != '1') {
            throw new MalformedMessageException(Fault.VERSION, "not HTTP/1");
        }
        at += 8;
        return bytes[at - 1] - '0';
    }

    /** Reads a space and a status code of three digits. */
    int statusCode() {
        if (bytes[at] != ' '
                || !Octets.digit(bytes[at + 1])
                || !Octets.digit(bytes[at + 2])
                || !Octets.digit(bytes[at + 3])) {
            throw malformed("the status code is malformed");
        }
        int code = 100 * (bytes[at + 1] - '0') + 10 * (bytes[at + 2] - '0') + bytes[at + 3] - '0';
        at += 4;
        return code;
    }

    /** Reads the reason phrase, which may be empty, with the end of its line. */
    String reasonPhrase() {
        if (bytes[at] == ' ') {
            at++;
        } else if (bytes[at] != CR) {
            throw malformed("the status code is malformed");
        }
        from = at;
        while (Octets.value(bytes[at])) {
            at++;
        }
        int end = at;
        lineEnd("the reason phrase");
        return text(from, end);
    }

    void lineEnd(String what) {
        if (bytes[at] != CR || bytes[at + 1] != LF) {
            throw malformed(what + " is malformed");
        }
        at += 2;
    }

    /** Reads fields up to and including the empty line that ends them. */
    void fields(HttpHeaders headers, MessageLimits limits) {
        int begin = at;
        int count = 0;
        while (bytes[at] != CR) {
            AsciiString name = name();
            headers.add(name, fieldValue());
            if (!HttpHeaderNames.HOST.contentEqualsIgnoreCase(name) && ++count > limits.fieldCount()) {
                throw new MalformedMessageException(Fault.TOO_MANY_FIELDS, "too many fields");
            }
        }
        lineEnd("the end of the header");
        if (at - begin > limits.fields()) {
            throw new MalformedMessageException(Fault.FIELDS_TOO_LARGE, "the header is too large");
        }
    }

    /** A line that begins with a space would continue the one before, which nobody may send (RFC 9112 section 5.2). */
    private AsciiString name() {
        from = at;
        while (Octets.token(bytes[at])) {
            at++;
        }
        if (at == from || bytes[at] != ':') {
            throw malformed("a field name is malformed");
        }
        return names.name(bytes, from, at++ - from);
    }

    private String fieldValue() {
        while (Octets.blank(bytes[at])) {
            at++;
        }
        from = at;
        while (Octets.value(bytes[at])) {
            at++;
        }
        int end = at;
        while (end > from && Octets.blank(bytes[end - 1])) {
            end--;
        }
        lineEnd("a field value");
        return text(from, end);
    }
}
