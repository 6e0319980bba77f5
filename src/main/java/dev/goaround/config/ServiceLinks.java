package dev.goaround.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.logging.Log;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.boot.support.SystemEnvironmentPropertySourceEnvironmentPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * The environment variables that Kubernetes makes up for each service of a namespace, and Docker for each link: {@code SERVER_PORT=tcp://10.0.0.1:80}
 * for one that is called {@code server}. Nobody has set a setting with them, so they are ignored. What gives a service away is the value
 * of its {@code _PORT}, which no setting has.
 */
final class ServiceLinks implements EnvironmentPostProcessor, Ordered {

    private static final Pattern LINK = Pattern.compile("(tcp|udp|sctp)://[^/]*");

    private static final Pattern OF_SERVICE =
            Pattern.compile("SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?");

    /** What settings begin with that GoAround or Spring Boot may take from the environment. */
    private static final List<String> READ = List.of("SERVER_", "MANAGEMENT_", "SPRING_", "LOGGING_", "GOAROUND_");

    private static final String PORT = "_PORT";

    private final Log log;

    ServiceLinks(DeferredLogFactory logs) {
        this.log = logs.getLog(ServiceLinks.class);
    }

    /** Before Spring Boot reads any, and puts a source of its own in the place of theirs. */
    @Override
    public int getOrder() {
        return SystemEnvironmentPropertySourceEnvironmentPostProcessor.DEFAULT_ORDER - 1;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        PropertySource<?> source =
                environment.getPropertySources().get(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        if (!(source instanceof SystemEnvironmentPropertySource variables)) {
            return;
        }
        Map<String, Object> kept = new LinkedHashMap<>(variables.getSource());
        Set<String> services = services(kept);
        kept.keySet().removeIf(name -> services.stream().anyMatch(service -> ofService(name, service)));
        if (kept.size() == variables.getSource().size()) {
            return;
        }
        environment
                .getPropertySources()
                .replace(source.getName(), new SystemEnvironmentPropertySource(source.getName(), kept));
        Set<String> ignored = new TreeSet<>(variables.getSource().keySet());
        ignored.removeAll(kept.keySet());
        ignored.removeIf(name -> READ.stream().noneMatch(name::startsWith));
        if (!ignored.isEmpty()) {
            log.info("ignored environment variables that describe a service and no setting: "
                    + String.join(", ", ignored));
        }
    }

    /** The services' names, as variables begin with them. */
    private static Set<String> services(Map<String, Object> variables) {
        Set<String> services = new TreeSet<>();
        variables.forEach((name, value) -> {
            Matcher link = LINK.matcher(String.valueOf(value));
            if (name.endsWith(PORT) && link.matches()) {
                services.add(name.substring(0, name.length() - PORT.length()));
            }
        });
        return services;
    }

    private static boolean ofService(String name, String service) {
        return name.startsWith(service + "_")
                && OF_SERVICE.matcher(name.substring(service.length() + 1)).matches();
    }
}
