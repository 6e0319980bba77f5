package dev.goaround;

import dev.goaround.cli.CommandLineRun;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.micrometer.metrics.autoconfigure.ssl.SslMetricsAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.actuate.web.server.NettyReactiveManagementContextAutoConfiguration;

/** Starts GoAround. */
@SpringBootApplication(
        proxyBeanMethods = false,
        exclude = {NettyReactiveManagementContextAutoConfiguration.class, SslMetricsAutoConfiguration.class})
public class GoAroundApplication {

    private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

    public static void main(String[] args) {
        quicken();
        new Signals().takeOver();
        int exitCode = new CommandLineRun(GoAroundApplication.class, System.out, System.err).run(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    /** Tests look for leaked buffers at the strictest level; in production even sampling for them costs time. */
    private static void quicken() {
        if (System.getProperty(LEAK_DETECTION) == null) {
            System.setProperty(LEAK_DETECTION, "disabled");
        }
    }
}
