package dev.goaround;

import dev.goaround.admin.AdminConfiguration;
import dev.goaround.cli.CommandLineRun;
import dev.goaround.config.SettingsConfiguration;
import dev.goaround.page.PageConfiguration;
import dev.goaround.proxy.ProxyConfiguration;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.ssl.SslMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.startup.StartupTimeMetricsListenerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.actuate.web.server.NettyReactiveManagementContextAutoConfiguration;
import org.springframework.context.annotation.Import;

/** Starts GoAround. Its configurations are named here, which is quicker than to look for them at every start. */
@SpringBootConfiguration(proxyBeanMethods = false)
@Import({
    GoAroundConfiguration.class,
    MetricsConfiguration.class,
    ProxyConfiguration.class,
    AdminConfiguration.class,
    PageConfiguration.class,
    SettingsConfiguration.class
})
@EnableAutoConfiguration(
        exclude = {
            NettyReactiveManagementContextAutoConfiguration.class,
            SslMetricsAutoConfiguration.class,
            StartupTimeMetricsListenerAutoConfiguration.class
        })
public class GoAroundApplication {

    public static void main(String[] args) {
        quicken();
        new OutOfMemoryExit().handleUncaught();
        new Signals().takeOver();
        int exitCode = new CommandLineRun(GoAroundApplication.class, System.out, System.err).run(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    /**
     * Sampling for leaked buffers costs time per request, for which tests look at every buffer; and recording what the
     * allocator does costs a tenth of the start, for which few look. Whoever sets these otherwise gets what they set.
     */
    private static void quicken() {
        setUnlessSet("io.netty.leakDetection.level", "disabled");
        setUnlessSet("io.netty.jfr.enabled", "false");
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
