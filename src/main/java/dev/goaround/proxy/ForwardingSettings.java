package dev.goaround.proxy;

import java.net.InetAddress;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What backends are told about the client ({@code goaround.forwarding.*}).
 *
 * @param trustedProxies addresses (CIDR) of proxies in front whose forwarding headers are kept and appended to
 * @param preserveHost whether the client's Host reaches the backend; if not, the backend's own does
 */
public record ForwardingSettings(
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("true") boolean preserveHost) {

    /** Whether what this client says about the client before it is believed. */
    boolean trusts(InetAddress client) {
        return false;
    }
}
