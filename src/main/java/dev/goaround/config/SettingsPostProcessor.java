package dev.goaround.config;

import dev.goaround.listen.ServedBundles;
import dev.goaround.listen.TlsSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.logging.Log;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Checks the settings as soon as every source of them is known, before logging, the context or a port exists, and derives
 * from them what Spring Boot has to be told. Runs last of all post-processors.
 */
final class SettingsPostProcessor implements EnvironmentPostProcessor, Ordered {

    private final Log log;

    SettingsPostProcessor(DeferredLogFactory logs) {
        this.log = logs.getLog(SettingsPostProcessor.class);
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        GoAroundProperties settings = SettingsReader.read(environment);
        if (!settings.upstream().verify()) {
            log.warn("goaround.upstream.verify is false: the certificates of https backends are not verified");
        }
        Map<String, Object> derived = new LinkedHashMap<>();
        if (settings.tls().enabled()) {
            tls(settings.tls(), derived);
        }
        if (!new PortSettings(environment).shared()) {
            // Not in application.yml: Spring Boot refuses an address for a management port that is also the traffic
            // port.
            derived.put(PortSettings.MANAGEMENT_ADDRESS, "127.0.0.1");
        } else {
            log.warn("the management endpoints are on the traffic port, since both ports are the same:"
                    + " whoever reaches one reaches the other");
        }
        // Last, so that whoever sets one of these keys himself has his way.
        environment.getPropertySources().addLast(new MapPropertySource("goaround (derived)", derived));
    }

    private static void tls(TlsSettings tls, Map<String, Object> derived) {
        derived.put("server.ssl.bundle", ServedBundles.name(-1));
        derived.put(
                "server.ssl.client-auth",
                switch (tls.clientAuth()) {
                    case NONE -> "none";
                    case OPTIONAL -> "want";
                    case REQUIRED -> "need";
                });
        for (int i = 0; i < tls.certificates().size(); i++) {
            String name = ServedBundles.name(i);
            derived.put("server.ssl.server-name-bundles[" + i + "].bundle", name);
            // Spring wants a name; ours are those of the certificate, which may change with it.
            derived.put("server.ssl.server-name-bundles[" + i + "].server-name", name);
        }
        // Otherwise the management port would take over the traffic port's certificate.
        derived.put("management.server.ssl.enabled", "false");
    }
}
