package dev.goaround.listen;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The TLS that a client speaks with a load balancer in front, as a header of the PROXY protocol tells it (version 2, section 2.2.6).
 *
 * @param version such as {@code TLSv1.3}, or null if the header does not tell
 */
public record FrontTls(@Nullable String version) {

    /** What goes to the log as it is. */
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9. _/-]{1,32}");

    /** Returns what the header tells, or null if the client speaks none. */
    static @Nullable FrontTls of(HAProxyMessage header) {
        for (HAProxyTLV part : header.tlvs()) {
            if (part instanceof HAProxySSLTLV tls && tls.isPP2ClientSSL()) {
                return new FrontTls(version(tls));
            }
        }
        return null;
    }

    private static @Nullable String version(HAProxySSLTLV tls) {
        for (HAProxyTLV part : tls.encapsulatedTLVs()) {
            if (part.type() == HAProxyTLV.Type.PP2_TYPE_SSL_VERSION) {
                ByteBuf content = part.content();
                String version = content.toString(StandardCharsets.US_ASCII);
                return VERSION.matcher(version).matches() ? version : null;
            }
        }
        return null;
    }
}
