package dev.goaround.http2;

import dev.goaround.http.FieldNames;
import dev.goaround.http.MalformedMessage.Fault;
import dev.goaround.http.MalformedMessageException;
import dev.goaround.http.MessageLimits;
import dev.goaround.http.Octets;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a field section of HTTP/2 (RFC 9113 section 8.2), strictly: what would mean something else in HTTP/1.1, or nothing, is
 * refused.
 */
final class FieldReader {

    /** They say what stream framing says in HTTP/2 (section 8.2.2). */
    static final Set<AsciiString> CONNECTION_FIELDS = Set.of(
            HttpHeaderNames.CONNECTION,
            HttpHeaderNames.TRANSFER_ENCODING,
            HttpHeaderNames.UPGRADE,
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-connection"));

    /** What counts of a field beside its name and value (RFC 9113 section 10.5.1). */
    private static final int FIELD_OVERHEAD = 32;

    private static final DefaultHttpHeadersFactory UNCHECKED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private final Map<String, String> pseudo = new HashMap<>(8);
    private final HttpHeaders fields = UNCHECKED.newHeaders();
    /** All that was sent of it, until its place is reached (section 8.2.3). */
    private @Nullable String cookie;

    private FieldReader(List<CharSequence> crumbs) {
        cookie = crumbs.isEmpty() ? null : String.join("; ", crumbs);
    }

    /** Reads a section, or throws {@link MalformedMessageException}. */
    static FieldReader of(Http2Headers section, MessageLimits limits) {
        checkSize(section, limits);
        FieldReader reader = new FieldReader(section.getAll(HttpHeaderNames.COOKIE));
        int count = 0;
        boolean cookieCounted = false;
        for (Map.Entry<CharSequence, CharSequence> field : section) {
            AsciiString name = AsciiString.of(field.getKey());
            String value = checkedValue(AsciiString.of(field.getValue()));
            if (!name.isEmpty() && name.byteAt(0) == ':') {
                reader.pseudo(name.toString(), value);
            } else {
                reader.field(checkedName(name), value);
                // However many crumbs it was sent in, a cookie is one field (section 8.2.3).
                boolean crumb = cookieCounted && HttpHeaderNames.COOKIE.contentEquals(name);
                cookieCounted |= HttpHeaderNames.COOKIE.contentEquals(name);
                if (!crumb && ++count > limits.fieldCount() && !HttpHeaderNames.HOST.contentEquals(name)) {
                    throw new MalformedMessageException(Fault.TOO_MANY_FIELDS, "too many fields");
                }
            }
        }
        return reader;
    }

    /** As they were decoded, before anything is joined or copied: one byte may stand for a field of kilobytes. */
    private static void checkSize(Http2Headers section, MessageLimits limits) {
        long size = 0;
        for (Map.Entry<CharSequence, CharSequence> field : section) {
            size += field.getKey().length() + field.getValue().length() + FIELD_OVERHEAD;
        }
        if (size > limits.fields() + limits.startLine()) {
            throw new MalformedMessageException(Fault.FIELDS_TOO_LARGE, "the fields are too large");
        }
    }

    private void pseudo(String name, String value) {
        if (!fields.isEmpty() || pseudo.put(name, value) != null) {
            throw malformed("a pseudo-header field is repeated, or follows another");
        }
    }

    private void field(AsciiString name, String value) {
        if (CONNECTION_FIELDS.contains(name) || (HttpHeaderNames.TE.contentEquals(name) && !"trailers".equals(value))) {
            throw malformed("a field is about the connection");
        }
        if (!HttpHeaderNames.COOKIE.contentEquals(name)) {
            fields.add(name, value);
        } else if (cookie != null) {
            fields.add(name, cookie);
            cookie = null;
        }
    }

    private static AsciiString checkedName(AsciiString name) {
        for (int i = 0; i < name.length(); i++) {
            byte octet = name.byteAt(i);
            if (!Octets.token(octet) || (octet >= 'A' && octet <= 'Z')) {
                throw malformed("a field name is malformed");
            }
        }
        if (name.isEmpty()) {
            throw malformed("a field name is malformed");
        }
        return name;
    }

    private static String checkedValue(AsciiString value) {
        int end = value.length();
        for (int i = 0; i < end; i++) {
            if (!Octets.value(value.byteAt(i))) {
                throw malformed("a field value is malformed");
            }
        }
        if (end > 0 && (Octets.blank(value.byteAt(0)) || Octets.blank(value.byteAt(end - 1)))) {
            throw malformed("a field value is malformed");
        }
        return value.toString();
    }

    /** The fields that are not pseudo-header fields. */
    HttpHeaders fields() {
        return fields;
    }

    /** Takes a pseudo-header field out, or returns null. */
    @Nullable
    String take(String name) {
        return pseudo.remove(name);
    }

    /** Refuses pseudo-header fields that nobody has taken. */
    void noneLeft() {
        if (!pseudo.isEmpty()) {
            throw malformed("a pseudo-header field is out of place");
        }
    }

    /** Returns what {@code content-length} says, or -1. */
    long contentLength() {
        String digits = fields.get(FieldNames.CONTENT_LENGTH);
        if (digits == null) {
            return -1;
        }
        boolean number =
                !digits.isEmpty() && digits.length() <= 18 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number || fields.getAll(FieldNames.CONTENT_LENGTH).size() > 1) {
            throw malformed("content-length is malformed");
        }
        return Long.parseLong(digits);
    }

    static MalformedMessageException malformed(String detail) {
        return MalformedMessageException.syntax(detail);
    }
}
