package dev.goaround.proxy;

import dev.goaround.settings.Cidr;
import dev.goaround.settings.Requirements;
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
 */
public record ForwardingSettings(
        @DefaultValue List<Cidr> trustedProxies,
        @DefaultValue("true") boolean preserveHost,
        @Nullable String requestId) {

    /** A token (RFC 9110 section 5.1) that begins as the names of extensions do, so that it frames and routes nothing. */
    private static final Pattern FIELD_NAME =
            Pattern.compile("(?i)x-(?!forwarded-)[a-z0-9_.-]+|(request|correlation|trace)-id");

    public ForwardingSettings {
        trustedProxies = List.copyOf(trustedProxies);
        new Requirements("goaround.forwarding")
                .that(
                        requestId == null || FIELD_NAME.matcher(requestId).matches(),
                        "request-id",
                        requestId,
                        "expected X-Request-Id or another name that begins with X-, Request-Id, Correlation-Id or Trace-Id")
                .enforce();
    }
}
