package dev.goaround.cli;

import dev.goaround.config.InvalidConfigurationException;
import dev.goaround.config.PortSettings;
import dev.goaround.config.PortSettings.Place;
import dev.goaround.config.SettingSource;
import dev.goaround.config.YamlFault;
import dev.goaround.settings.Mistake;
import java.net.BindException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.env.ConfigurableEnvironment;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * What to tell of a start that failed.
 *
 * @param exitCode 2 if the user can put it right on the command line or in a file, 1 otherwise
 * @param sentences at least one
 */
record StartFailure(int exitCode, List<String> sentences) {

    static final int WRONG_USE = 2;
    static final int FAILED = 1;

    /**
     * Explains the failure.
     *
     * @param environment the settings; null if the start failed before all were known
     */
    static StartFailure of(Throwable failure, @Nullable ConfigurableEnvironment environment) {
        InvalidConfigurationException invalid = cause(failure, InvalidConfigurationException.class);
        if (invalid != null) {
            return new StartFailure(WRONG_USE, invalid.sentences());
        }
        MarkedYAMLException yaml = cause(failure, MarkedYAMLException.class);
        if (yaml != null) {
            return wrongUse(YamlFault.sentence(yaml, environment));
        }
        ConfigDataException data = cause(failure, ConfigDataException.class);
        if (data != null) {
            return wrongUse(firstLine(data));
        }
        if (environment != null) {
            Optional<String> port = port(failure, environment);
            if (port.isPresent()) {
                return wrongUse(port.get());
            }
        }
        var bind = cause(failure, org.springframework.boot.context.properties.bind.BindException.class);
        if (bind != null) {
            return wrongUse(setting(bind, environment));
        }
        return new StartFailure(FAILED, List.of("goaround could not start: " + firstLine(root(failure))));
    }

    private static StartFailure wrongUse(String sentence) {
        return new StartFailure(WRONG_USE, List.of(sentence));
    }

    /** A port that was free when it was tried, but isn't any more. */
    private static Optional<String> port(Throwable failure, ConfigurableEnvironment environment) {
        PortInUseException inUse = cause(failure, PortInUseException.class);
        BindException refused = cause(failure, BindException.class);
        if (inUse == null && refused == null) {
            return Optional.empty();
        }
        List<Place> places = new PortSettings(environment).places();
        Place place = places.stream()
                .filter(candidate -> inUse != null && candidate.port() == inUse.getPort())
                .findFirst()
                .orElse(places.get(0));
        String message = refused == null ? "in use" : String.valueOf(refused.getMessage());
        Mistake mistake = new Mistake(place.key(), Integer.toString(place.port()), PortCheck.sentence(message, place));
        return Optional.of(new SettingSource(environment).sentence(mistake));
    }

    /** A setting of Spring Boot's own that it could not make sense of. */
    private static String setting(
            org.springframework.boot.context.properties.bind.BindException bind,
            @Nullable ConfigurableEnvironment environment) {
        ConfigurationProperty property = bind.getProperty();
        if (property == null) {
            return bind.getName() + ": " + firstLine(root(bind));
        }
        String expected = SettingSource.expected(bind.getTarget());
        Mistake mistake = new Mistake(property.getName().toString(), String.valueOf(property.getValue()), expected);
        return environment == null ? mistake.toString() : new SettingSource(environment).sentence(mistake);
    }

    static <T extends Throwable> @Nullable T cause(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static String firstLine(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank()
                ? failure.getClass().getSimpleName()
                : message.lines().findFirst().orElse("").strip();
    }
}
