package dev.goaround;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.server.Ssl;
import org.springframework.core.env.Environment;

/**
 * Where a running GoAround listens, as URLs that can be pasted: {@code localhost} stands for "every address".
 *
 * @param traffic the traffic port
 * @param status the status endpoint; {@code null} if the management port is off ({@code management.server.port=-1})
 */
record ServerUrls(URI traffic, @Nullable URI status) {

    /**
     * Reads the ports that Spring Boot puts into the environment once its servers run, so the one taken for a
     * configured 0 is known.
     *
     * @param https whether the traffic port speaks TLS
     */
    static ServerUrls of(Environment environment, boolean https) {
        int port = environment.getRequiredProperty("local.server.port", Integer.class);
        Integer managementPort = environment.getProperty("local.management.port", Integer.class);
        URI traffic = url(https, environment.getProperty("server.address"), port);
        if (managementPort == null) {
            return new ServerUrls(traffic, null);
        }
        String path = environment.getProperty("management.endpoints.web.base-path", "/actuator") + "/goaround";
        return new ServerUrls(
                traffic,
                managementPort == port ? URI.create(traffic + path) : managementUrl(environment, managementPort, path));
    }

    private static URI managementUrl(Environment environment, int port, String path) {
        ManagementServerProperties server =
                Binder.get(environment).bindOrCreate("management.server", ManagementServerProperties.class);
        boolean https = server.getSsl() != null && Ssl.isEnabled(server.getSsl());
        String address = environment.getProperty("management.server.address");
        return URI.create(url(https, address, port) + server.getBasePath() + path);
    }

    private static URI url(boolean https, @Nullable String address, int port) {
        return URI.create((https ? "https://" : "http://") + host(address) + ":" + port);
    }

    private static String host(@Nullable String address) {
        if (address == null || address.isBlank() || address.equals("0.0.0.0") || address.equals("::")) {
            return "localhost";
        }
        return address.contains(":") ? "[" + address + "]" : address;
    }
}
