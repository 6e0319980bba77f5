package dev.goaround.config;

import dev.goaround.admin.ManagementFiles;
import dev.goaround.admin.ManagementSettings;
import dev.goaround.listen.TlsSettings;
import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.FileSource;
import dev.goaround.settings.InvalidSettingsException;
import dev.goaround.settings.Mistake;
import dev.goaround.upstream.UpstreamSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.convert.ConverterNotFoundException;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Reads and checks the whole configuration in one pass, collecting every mistake instead of stopping at the first: a value
 * that can't be converted is noted and its default stands in, so that the rest of its group is checked as well.
 */
public final class SettingsReader {

    private final ConfigurableEnvironment environment;
    private final SettingSource source;
    private final List<String> sentences = new ArrayList<>();

    /** Keys that have their sentence already; a second one would be about the default that stood in. */
    private final Set<String> told = new HashSet<>();

    /** What to say of values too large for their type, in case that their setting has no bound. */
    private final List<Mistake> overflown = new ArrayList<>();

    private SettingsReader(ConfigurableEnvironment environment) {
        this.environment = environment;
        this.source = new SettingSource(environment);
    }

    /**
     * Returns the settings of this environment.
     *
     * @throws InvalidConfigurationException with a sentence for each mistake
     */
    public static GoAroundProperties read(ConfigurableEnvironment environment) {
        return new SettingsReader(environment).settings(null);
    }

    /**
     * Returns the settings of this environment, which GoAround may be running with already: what is in a file of backends that it
     * watches anyhow is no matter of theirs.
     *
     * @param running the settings that it was started with
     * @throws InvalidConfigurationException with a sentence for each mistake
     */
    static GoAroundProperties read(ConfigurableEnvironment environment, GoAroundProperties running) {
        return new SettingsReader(environment).settings(running.membership().file());
    }

    private GoAroundProperties settings(@Nullable Path watched) {
        try {
            return checked(watched);
        } catch (InvalidConfigurationException e) {
            throw e;
        } catch (RuntimeException e) {
            // Of a kind that nobody has thought of. The user is told what is known all the same.
            sentences.add("the settings cannot be read: " + reason(e));
            throw new InvalidConfigurationException(sentences);
        }
    }

    private GoAroundProperties checked(@Nullable Path watched) {
        new UnknownKeys(environment).sentences().forEach(sentences::add);
        GoAroundProperties settings = Binder.get(environment)
                .bindOrCreate(SettingsKeys.ROOT, Bindable.of(GoAroundProperties.class), new Collector());
        overflown.forEach(this::add);
        new PortSettings(environment).mistakes().forEach(this::add);
        if (settings != null) {
            Path file = settings.membership().file();
            if (file != null && !file.equals(watched)) {
                backends(file, settings.backendDefaults());
            }
        }
        if (!sentences.isEmpty()) {
            throw new InvalidConfigurationException(sentences);
        }
        return Objects.requireNonNull(settings, "no sentence says why");
    }

    /** Reads the file of backends as well, so that a wrong one is told now and not after the start. */
    private void backends(Path file, BackendDefaults defaults) {
        Mistake mistake = FileSource.mistake(file);
        if (mistake != null) {
            add(mistake);
            return;
        }
        try {
            sentences.addAll(new BackendFile(file, () -> defaults)
                    .read(Files.readString(file))
                    .mistakes());
        } catch (IOException e) {
            add(new Mistake(FileSource.KEY, file.toString(), "cannot be read"));
        }
    }

    private void add(Mistake mistake) {
        if (told.add(mistake.key())) {
            sentences.add(source.sentence(mistake));
        }
    }

    private static String reason(Throwable error) {
        Throwable root = NestedExceptionUtils.getMostSpecificCause(error);
        String message = root.getMessage();
        return message == null || message.isBlank()
                ? root.getClass().getSimpleName()
                : message.lines().findFirst().orElse("").strip();
    }

    /** Notes what fails and lets the binding go on. */
    private final class Collector implements BindHandler {

        @Override
        public Object onSuccess(
                ConfigurationPropertyName name, Bindable<?> target, BindContext context, Object result) {
            if (result instanceof TlsSettings tls) {
                PemFiles.mistakes(tls).forEach(SettingsReader.this::add);
            }
            if (result instanceof UpstreamSettings upstream) {
                PemFiles.mistakes(upstream).forEach(SettingsReader.this::add);
            }
            if (result instanceof ManagementSettings management) {
                ManagementFiles.mistakes(management).forEach(SettingsReader.this::add);
            }
            return result;
        }

        @Override
        public @Nullable Object onFailure(
                ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception error) {
            InvalidSettingsException invalid = invalid(error);
            if (invalid != null) {
                invalid.mistakes().forEach(SettingsReader.this::add);
                return null;
            }
            Class<?> type = target.getBoxedType().resolve(Object.class);
            if (type.isRecord()) {
                if (!(error instanceof ConverterNotFoundException)) {
                    add(new Mistake(name.toString(), null, "cannot be used, " + reason(error)));
                }
                // A value in a group's place is among the unknown keys, and none at all is fine there.
                return null;
            }
            ConfigurationProperty property = source.failed(name, context);
            String value = property == null ? null : String.valueOf(property.getValue());
            if (type == Duration.class && value != null && TimeLimits.none(value)) {
                return Duration.ZERO;
            }
            Object standIn = Overflow.standIn(type, value);
            if (standIn != null) {
                overflown.add(new Mistake(name.toString(), value, "too large"));
            } else {
                Conversion.mistakes(name, target, property, error).forEach(SettingsReader.this::add);
            }
            return standIn;
        }

        /** Refuses an empty value that conversion takes for none, where none means the default: it would go unnoticed. */
        @Override
        public void onFinish(
                ConfigurationPropertyName name, Bindable<?> target, BindContext context, @Nullable Object result) {
            ConfigurationProperty property = context.getConfigurationProperty();
            Class<?> type = target.getBoxedType().resolve(Object.class);
            boolean empty = result == null && property != null && name.equals(property.getName());
            if (empty && !type.isRecord() && target.getAnnotation(DefaultValue.class) != null) {
                add(new Mistake(name.toString(), null, Conversion.expected(type)));
            }
        }

        private @Nullable InvalidSettingsException invalid(Throwable error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (cause instanceof InvalidSettingsException found) {
                    return found;
                }
            }
            return null;
        }
    }
}
