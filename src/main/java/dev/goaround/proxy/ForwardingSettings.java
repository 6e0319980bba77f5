package dev.goaround.proxy;

import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What backends are told about the client ({@code goaround.forwarding.*}).
 *
 * @param trustedProxies Addresses or CIDR blocks of proxies in front whose forwarding headers are kept and appended to.
 * @param preserveHost Whether the client's Host reaches the backend; if not, the backend's own does.
 */
public record ForwardingSettings(
        @DefaultValue List<Cidr> trustedProxies,
        @DefaultValue("true") boolean preserveHost) {

    public ForwardingSettings {
        trustedProxies = List.copyOf(trustedProxies);
    }
}
