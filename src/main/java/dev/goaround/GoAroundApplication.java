package dev.goaround;

import dev.goaround.cli.CommandLineRun;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.reactor.netty.autoconfigure.actuate.web.server.NettyReactiveManagementContextAutoConfiguration;

/** Starts GoAround. */
@SpringBootApplication(proxyBeanMethods = false, exclude = NettyReactiveManagementContextAutoConfiguration.class)
public class GoAroundApplication {

    public static void main(String[] args) {
        new Signals().takeOver();
        int exitCode = new CommandLineRun(GoAroundApplication.class, System.out, System.err).run(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }
}
