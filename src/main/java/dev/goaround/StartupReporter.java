package dev.goaround;

import dev.goaround.admin.StatusSources;
import dev.goaround.demo.DemoBackends;
import dev.goaround.pool.BackendPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;

/**
 * Logs the {@link StartupReport} once the servers run and the backends were probed.
 *
 * <p>It goes through the logger, one event per line, and not straight to standard output: with
 * {@code logging.structured.format.console} every line there must be JSON, and lines of a file of logs must be findable
 * one by one.
 */
final class StartupReporter implements ApplicationListener<ApplicationReadyEvent> {

    private static final Logger log = LoggerFactory.getLogger(StartupReporter.class);

    private final BackendPool pool;
    private final StatusSources sources;
    private final boolean https;
    private final @Nullable DemoBackends demo;

    /**
     * @param https whether the traffic port speaks TLS
     * @param demo {@code null} unless GoAround runs with its demo backends
     */
    StartupReporter(BackendPool pool, StatusSources sources, boolean https, @Nullable DemoBackends demo) {
        this.pool = pool;
        this.sources = sources;
        this.https = https;
        this.demo = demo;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
        ServerUrls where = ServerUrls.of(event.getApplicationContext().getEnvironment(), https);
        StartupReport report = new StartupReport(
                sources.version(),
                where,
                sources.policy().get(),
                pool.snapshot().members());
        report.lines().forEach(log::info);
        if (report.warning() != null) {
            log.warn(report.warning());
        }
        if (demo != null) {
            demo.hints(where.traffic()).forEach(log::info);
        }
    }
}
