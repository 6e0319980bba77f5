package dev.goaround.config;

import dev.goaround.settings.Mistake;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;

/** The ports and addresses that Spring Boot listens on, checked before it would fall over them. */
public final class PortSettings {

    static final String TRAFFIC_PORT = "server.port";
    static final String TRAFFIC_ADDRESS = "server.address";
    static final String MANAGEMENT_PORT = "management.server.port";
    static final String MANAGEMENT_ADDRESS = "management.server.address";

    private static final String REDIRECT_PORT = "goaround.tls.redirect-port";
    private static final int DEFAULT_PORT = 3000;

    private final ConfigurableEnvironment environment;
    private final List<Mistake> mistakes = new ArrayList<>();

    public PortSettings(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /** What is wrong with them, each by itself and together. */
    List<Mistake> mistakes() {
        port(TRAFFIC_PORT, 0);
        // Spring Boot reads -1 as "no management port".
        port(MANAGEMENT_PORT, -1);
        address(TRAFFIC_ADDRESS);
        address(MANAGEMENT_ADDRESS);
        if (mistakes.isEmpty() && shared() && environment.getProperty(MANAGEMENT_ADDRESS) != null) {
            mistakes.add(new Mistake(
                    MANAGEMENT_ADDRESS,
                    environment.getProperty(MANAGEMENT_ADDRESS),
                    "needs a management port other than the traffic port"));
        }
        Integer redirect = port(REDIRECT_PORT, 0);
        if (redirect != null && redirect != 0) {
            Integer management = port(MANAGEMENT_PORT, -1);
            if (redirect.equals(trafficPort()) || redirect.equals(management)) {
                mistakes.add(new Mistake(
                        REDIRECT_PORT, redirect.toString(), "is taken by traffic or management, choose another"));
            }
        }
        return mistakes;
    }

    /** Whether traffic and management are on one port; port 0 twice makes two. */
    boolean shared() {
        Integer management = port(MANAGEMENT_PORT, -1);
        return management == null || (management != 0 && management.equals(trafficPort()));
    }

    /** The places that will be listened on. */
    public List<Place> places() {
        List<Place> places = new ArrayList<>();
        places.add(new Place(TRAFFIC_PORT, trafficPort(), address(TRAFFIC_ADDRESS)));
        Integer redirect = port(REDIRECT_PORT, 0);
        if (redirect != null) {
            places.add(new Place(REDIRECT_PORT, redirect, address(TRAFFIC_ADDRESS)));
        }
        Integer management = port(MANAGEMENT_PORT, -1);
        if (!shared() && management != null && management >= 0) {
            places.add(new Place(MANAGEMENT_PORT, management, address(MANAGEMENT_ADDRESS)));
        }
        return places;
    }

    private int trafficPort() {
        Integer port = port(TRAFFIC_PORT, 0);
        return port == null ? DEFAULT_PORT : port;
    }

    private @Nullable Integer port(String key, int least) {
        String expected = "expected a port from 0 to 65535";
        try {
            Integer port = Binder.get(environment).bind(key, Integer.class).orElse(null);
            String text = environment.getProperty(key);
            if (port == null ? text != null : port < least || port > 65_535) {
                // An empty one counts as well: Spring Boot would take 8080 for it.
                mistakes.add(new Mistake(key, text, expected));
            }
            return port;
        } catch (BindException e) {
            mistakes.add(new Mistake(key, environment.getProperty(key), expected));
            return null;
        }
    }

    private @Nullable InetAddress address(String key) {
        try {
            return Binder.get(environment).bind(key, InetAddress.class).orElse(null);
        } catch (BindException e) {
            mistakes.add(new Mistake(key, environment.getProperty(key), Conversion.expected(InetAddress.class)));
            return null;
        }
    }

    /**
     * A place to listen on.
     *
     * @param key the setting that names the port
     * @param address the address; null means all
     */
    public record Place(String key, int port, @Nullable InetAddress address) {}
}
