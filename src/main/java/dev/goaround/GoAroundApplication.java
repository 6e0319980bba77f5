package dev.goaround;

import dev.goaround.cli.CommandLineRun;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts GoAround. */
@SpringBootApplication(proxyBeanMethods = false)
public class GoAroundApplication {

    public static void main(String[] args) {
        int exitCode = new CommandLineRun(GoAroundApplication.class, System.out, System.err).run(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }
}
