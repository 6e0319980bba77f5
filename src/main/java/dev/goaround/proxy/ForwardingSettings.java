package dev.goaround.proxy;

import dev.goaround.http.ClaimFields;
import dev.goaround.http.FieldNameSet;
import dev.goaround.settings.Cidr;
import dev.goaround.settings.Mistake;
import dev.goaround.settings.Requirements;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What backends are told about the client ({@code goaround.forwarding.*}).
 *
 * @param trustedProxies Addresses or CIDR blocks of proxies in front whose forwarding headers are kept and appended to.
 * @param preserveHost Whether the client's Host reaches the backend; if not, the backend's own does.
 * @param requestId Name of a header that carries an identifier of each request, to backends and to clients. Unset means none.
 * @param trustedFields Further names of header fields, or beginnings of names before an asterisk such as X-Tenant-*, that only trusted
 *     proxies may send: dropped if other clients do, and from all trailers.
 * @param via Whether backends are told of GoAround by a Via header, for which some compress nothing.
 */
public record ForwardingSettings(
        @DefaultValue List<Cidr> trustedProxies,
        @DefaultValue("true") boolean preserveHost,
        @Nullable String requestId,
        @DefaultValue List<String> trustedFields,
        @DefaultValue("true") boolean via) {

    /** A token (RFC 9110 section 5.1) that begins as the names of extensions do, so that it frames and routes nothing. */
    private static final Pattern FIELD_NAME =
            Pattern.compile("(?i)x-(?!forwarded-)[a-z0-9_.-]+|(request|correlation|trace)-id");

    /** A beginning of at least two characters, or it would be most fields. */
    private static final Pattern FIELD_NAMES = Pattern.compile("[A-Za-z0-9!#$%&'+.^_`|~-]{2,60}\\*?");

    /** What GoAround itself needs of a request to forward it. */
    private static final List<String> NEEDED = List.of(
            "Connection",
            "Content-Encoding",
            "Content-Length",
            "Content-Type",
            "Cookie",
            "Expect",
            "Host",
            "Max-Forwards",
            "Sec-WebSocket-Key",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Via");

    public ForwardingSettings {
        trustedProxies = List.copyOf(trustedProxies);
        trustedFields = List.copyOf(trustedFields);
        new Requirements("goaround.forwarding")
                .that(
                        requestId == null || FIELD_NAME.matcher(requestId).matches(),
                        "request-id",
                        requestId,
                        "expected X-Request-Id or another name that begins with X-, Request-Id, Correlation-Id or Trace-Id")
                .all(mistakes(trustedFields))
                .enforce();
    }

    private static List<Mistake> mistakes(List<String> fields) {
        List<Mistake> mistakes = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            String field = fields.get(i);
            String key = "goaround.forwarding.trusted-fields[" + i + "]";
            if (!FIELD_NAMES.matcher(field).matches()) {
                mistakes.add(new Mistake(
                        key,
                        field,
                        "expected a field name such as X-Tenant, or the beginning of names such as X-Tenant-*"));
            } else {
                FieldNameSet set = new FieldNameSet(List.of(field));
                NEEDED.stream()
                        .filter(set::contains)
                        .findFirst()
                        .ifPresent(needed -> mistakes.add(
                                new Mistake(key, field, "expected none that requests need, such as " + needed)));
            }
        }
        return mistakes;
    }

    /** Returns all fields that only trusted proxies may send. */
    FieldNameSet claims() {
        List<String> own = new ArrayList<>(trustedFields);
        if (requestId != null) {
            own.add(requestId);
        }
        return ClaimFields.and(own);
    }
}
