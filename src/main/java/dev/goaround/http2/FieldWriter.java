package dev.goaround.http2;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** Writes fields of HTTP/1.1 as those of HTTP/2: names in lower case, and none about the connection (RFC 9113 section 8.2). */
final class FieldWriter {

    private FieldWriter() {}

    /** Returns a section without fields. */
    static Http2Headers section() {
        return new DefaultHttp2Headers(false);
    }

    /** Adds the fields to the section, but for those about a connection and those that are named. */
    static Http2Headers add(Http2Headers section, HttpHeaders fields, Set<AsciiString> without) {
        Iterator<Map.Entry<CharSequence, CharSequence>> each = fields.iteratorCharSequence();
        while (each.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = each.next();
            AsciiString name = AsciiString.of(field.getKey()).toLowerCase();
            boolean te = HttpHeaderNames.TE.contentEquals(name) && !"trailers".contentEquals(field.getValue());
            if (!te && !FieldReader.CONNECTION_FIELDS.contains(name) && !without.contains(name)) {
                section.add(name, field.getValue());
            }
        }
        return section;
    }
}
