package dev.goaround;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts GoAround. */
@SpringBootApplication(proxyBeanMethods = false)
public class GoAroundApplication {

    public static void main(String[] args) {
        SpringApplication.run(GoAroundApplication.class, args);
    }
}
