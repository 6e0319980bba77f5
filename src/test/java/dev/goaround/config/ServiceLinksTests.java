package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

@ExtendWith(OutputCaptureExtension.class)
class ServiceLinksTests {

    @Test
    void theVariablesOfAServiceAreIgnoredAndNamed(CapturedOutput output) {
        StandardEnvironment environment = environment(Map.of(
                "SERVER_PORT", "tcp://10.0.0.1:80",
                "SERVER_SERVICE_HOST", "10.0.0.1",
                "SERVER_SERVICE_PORT_HTTP", "80",
                "SERVER_PORT_80_TCP_ADDR", "10.0.0.1",
                "SERVER_ADDRESS", "127.0.0.1",
                "MANAGEMENT_SERVER_PORT", "udp://[fd00::1]:53",
                "GOAROUND_BACKENDS_PORT", "tcp://10.0.0.3:80",
                "GOAROUND_BACKENDS", "http://a"));
        assertThat(environment.getProperty("server.port")).isNull();
        assertThat(environment.getProperty("management.server.port")).isNull();
        assertThat(environment.getProperty("SERVER_SERVICE_HOST")).isNull();
        assertThat(environment.getProperty("server.address")).isEqualTo("127.0.0.1");
        assertThat(new UnknownKeys(environment).sentences()).isEmpty();
        assertThat(output.getOut())
                .contains("ignored environment variables that describe a service and no setting: "
                        + "GOAROUND_BACKENDS_PORT, MANAGEMENT_SERVER_PORT, SERVER_PORT, SERVER_PORT_80_TCP_ADDR,"
                        + " SERVER_SERVICE_HOST, SERVER_SERVICE_PORT_HTTP");
    }

    @Test
    void otherServicesAreNoNews(CapturedOutput output) {
        StandardEnvironment environment = environment(Map.of("SHOP_PORT", "tcp://10.0.0.1:80"));
        assertThat(environment.getProperty("shop.port")).isNull();
        assertThat(output.getOut()).doesNotContain("SHOP_PORT");
    }

    @Test
    void aPortThatSomebodyHasSetStays() {
        StandardEnvironment environment = environment(Map.of("SERVER_PORT", "8080", "SPRING_APPLICATION_NAME", "x"));
        assertThat(environment.getProperty("server.port")).isEqualTo("8080");
        assertThat(environment.getProperty("spring.application.name")).isEqualTo("x");
    }

    private static StandardEnvironment environment(Map<String, Object> variables) {
        StandardEnvironment environment = new StandardEnvironment();
        String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
        environment.getPropertySources().replace(name, new SystemEnvironmentPropertySource(name, variables));
        DeferredLogFactory logs = destination -> destination.get();
        new ServiceLinks(logs).postProcessEnvironment(environment, new SpringApplication());
        return environment;
    }
}
