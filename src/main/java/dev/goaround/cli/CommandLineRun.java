package dev.goaround.cli;

import dev.goaround.config.InvalidConfigurationException;
import dev.goaround.config.PortSettings;
import dev.goaround.config.SettingSource;
import dev.goaround.config.SettingsReader;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplication.AbandonedRunException;
import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * One run of the program, from its command line to a running application or to an exit code. Whatever is wrong ends in one
 * sentence per mistake on standard error.
 */
public final class CommandLineRun {

    private static final int GOOD = 0;

    private final Class<?> application;
    private final PrintStream out;
    private final PrintStream err;

    /** The settings, once Spring Boot has them; written by the run itself. */
    private @Nullable ConfigurableEnvironment environment;

    /** Prepares a run of the given application class. */
    public CommandLineRun(Class<?> application, PrintStream out, PrintStream err) {
        this.application = application;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs the command line. Returns 0 once the application has started, or once what was asked for is printed; 2 if the
     * user has to put something right, 1 if the start failed for another reason.
     */
    public int run(String... args) {
        Flags flags = FlagParser.parse(args);
        if (flags.asksFor(Flag.HELP)) {
            out.print(Help.text());
            return GOOD;
        }
        if (flags.asksFor(Flag.VERSION)) {
            out.println("GoAround " + Version.current());
            return GOOD;
        }
        if (flags.asksFor(Flag.CHECK) || !flags.mistakes().isEmpty()) {
            return check(flags);
        }
        return start(flags);
    }

    /** Reads the configuration as far as it goes and starts nothing. */
    private int check(Flags flags) {
        List<String> sentences = new ArrayList<>(flags.mistakes());
        String resolved = "";
        try {
            resolved = resolved(flags);
        } catch (RuntimeException | Error e) {
            sentences.addAll(explain(e).sentences());
        }
        if (!sentences.isEmpty()) {
            sentences.forEach(err::println);
            return StartFailure.WRONG_USE;
        }
        out.print(resolved);
        return GOOD;
    }

    private String resolved(Flags flags) {
        try {
            SpringApplication.withHook(
                    started -> new Abandon(), () -> application(flags).run(arguments(flags)));
        } catch (AbandonedRunException e) {
            // Everything was good.
        }
        ConfigurableEnvironment read = Objects.requireNonNull(environment);
        return ResolvedSettings.text(SettingsReader.read(read), new PortSettings(read));
    }

    private int start(Flags flags) {
        SpringApplication spring = application(flags);
        spring.addListeners(new AfterSettings());
        try {
            spring.run(arguments(flags));
            return GOOD;
        } catch (RuntimeException | Error e) {
            StartFailure failure = explain(e);
            failure.sentences().forEach(err::println);
            if (failure.exitCode() == StartFailure.FAILED) {
                LoggerFactory.getLogger(CommandLineRun.class).debug("start failed", e);
            }
            return failure.exitCode();
        }
    }

    private StartFailure explain(Throwable failure) {
        return StartFailure.of(failure, environment);
    }

    private SpringApplication application(Flags flags) {
        SpringApplication spring = new SpringApplication(application);
        spring.addListeners(new BeforeSettings(flags));
        return spring;
    }

    private static String[] arguments(Flags flags) {
        return flags.properties().toArray(new String[0]);
    }

    /** Puts the flags in front of all other settings, before Spring Boot goes looking for files. */
    private final class BeforeSettings implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

        private final Flags flags;

        BeforeSettings(Flags flags) {
            this.flags = flags;
        }

        @Override
        public int getOrder() {
            return Ordered.HIGHEST_PRECEDENCE;
        }

        @Override
        public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
            environment = event.getEnvironment();
            environment.getPropertySources().addFirst(new FlagPropertySource(flags));
        }
    }

    /** Tries the ports once all settings are known and good, still before logging and the context. */
    private static final class AfterSettings
            implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

        /** Behind the post-processors of the environment, ahead of the logging system. */
        private static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 15;

        @Override
        public int getOrder() {
            return ORDER;
        }

        @Override
        public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
            SettingSource source = new SettingSource(event.getEnvironment());
            List<String> sentences = PortCheck.mistakes(new PortSettings(event.getEnvironment())).stream()
                    .map(source::sentence)
                    .toList();
            if (!sentences.isEmpty()) {
                throw new InvalidConfigurationException(sentences);
            }
        }
    }

    /** Ends a run that was only about the configuration. */
    private static final class Abandon implements SpringApplicationRunListener {

        @Override
        public void environmentPrepared(
                ConfigurableBootstrapContext bootstrapContext, ConfigurableEnvironment environment) {
            throw new AbandonedRunException();
        }
    }
}
