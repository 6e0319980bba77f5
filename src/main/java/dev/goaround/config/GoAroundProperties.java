package dev.goaround.config;

import dev.goaround.accesslog.AccessLogSettings;
import dev.goaround.admin.ManagementSettings;
import dev.goaround.balance.BalanceSettings;
import dev.goaround.health.HealthSettings;
import dev.goaround.http2.WindowSettings;
import dev.goaround.limit.LimitSettings;
import dev.goaround.listen.ListenSettings;
import dev.goaround.listen.ShutdownSettings;
import dev.goaround.listen.TlsSettings;
import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.BackendEntry;
import dev.goaround.membership.BackendList;
import dev.goaround.membership.DnsSettings;
import dev.goaround.membership.MembershipSettings;
import dev.goaround.pool.BackendSpec;
import dev.goaround.proxy.ForwardingSettings;
import dev.goaround.retry.RetrySettings;
import dev.goaround.settings.Requirements;
import dev.goaround.tracing.TracingSettings;
import dev.goaround.upstream.UpstreamSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The tree of settings under {@code goaround}. Valid as a whole once it exists.
 *
 * @param backends Backends of the pool, each a URL or an object with url, weight, max-connections, backup, protocol, priority and zone.
 * @param membership Where backends come from, beside these.
 * @param dns How names that stand for several backends are resolved.
 * @param balance How backends are chosen.
 * @param health How backends are probed.
 * @param upstream How GoAround talks to backends.
 * @param retry When a failed request is sent again.
 * @param limit How requests wait while every backend is full.
 * @param listen What clients may do on the traffic port.
 * @param window How wide the receive windows of HTTP/2 grow.
 * @param forwarding What backends are told about the client.
 * @param accessLog Whether and how requests are logged.
 * @param tracing Where traces go.
 * @param tls TLS on the traffic port.
 * @param shutdown How GoAround stops.
 * @param management Who may change the pool while GoAround runs.
 * @param demo Whether three demo backends run inside the process.
 * @param requestTimeout Longest time for a request over all its attempts. Unset means no limit.
 */
@ConfigurationProperties("goaround")
public record GoAroundProperties(
        @DefaultValue List<BackendEntry> backends,
        @NestedConfigurationProperty @DefaultValue MembershipSettings membership,
        @NestedConfigurationProperty @DefaultValue DnsSettings dns,
        @NestedConfigurationProperty @DefaultValue BalanceSettings balance,
        @NestedConfigurationProperty @DefaultValue HealthSettings health,
        @NestedConfigurationProperty @DefaultValue UpstreamSettings upstream,
        @NestedConfigurationProperty @DefaultValue RetrySettings retry,
        @NestedConfigurationProperty @DefaultValue LimitSettings limit,
        @NestedConfigurationProperty @DefaultValue ListenSettings listen,
        @NestedConfigurationProperty @DefaultValue WindowSettings window,
        @NestedConfigurationProperty @DefaultValue ForwardingSettings forwarding,
        @NestedConfigurationProperty @DefaultValue AccessLogSettings accessLog,
        @NestedConfigurationProperty @DefaultValue TracingSettings tracing,
        @NestedConfigurationProperty @DefaultValue TlsSettings tls,
        @NestedConfigurationProperty @DefaultValue ShutdownSettings shutdown,
        @NestedConfigurationProperty @DefaultValue ManagementSettings management,
        @DefaultValue("false") boolean demo,
        @Nullable Duration requestTimeout) {

    private static final String BACKENDS = "goaround.backends";

    public GoAroundProperties {
        backends = List.copyOf(backends);
        new Requirements("goaround")
                .all(BackendList.of(BACKENDS, backends, defaults(upstream)).mistakes())
                .duration("request-timeout", requestTimeout)
                .that(
                        !listen.http3() || tls.enabled(),
                        "listen.http3",
                        listen.http3(),
                        "needs a certificate and its private key (-cacert and -privkey)")
                .enforce();
    }

    /** The backends as the pool takes them, in configured order, each with its limit resolved. */
    public List<BackendSpec> backendSpecs() {
        return BackendList.of(BACKENDS, backends, defaults(upstream)).specs();
    }

    /** What holds for backends that do not say otherwise, wherever they are listed. */
    public BackendDefaults backendDefaults() {
        return defaults(upstream);
    }

    private static BackendDefaults defaults(UpstreamSettings upstream) {
        return new BackendDefaults(upstream.maxConnections(), upstream.protocol(), upstream.proxyProtocol() != null);
    }
}
