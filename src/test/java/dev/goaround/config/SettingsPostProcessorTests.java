package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class SettingsPostProcessorTests {

    private final StandardEnvironment environment = new StandardEnvironment();
    private final Map<String, Object> properties = new HashMap<>();

    @Test
    void aCertificateBecomesAnSslBundleOfTheTrafficPortAlone() {
        String certificate = PemFilesTests.file("rsa-certificate.pem").toString();
        String key = PemFilesTests.file("rsa-key.pem").toString();
        properties.put("goaround.tls.certificate", certificate);
        properties.put("goaround.tls.private-key", key);
        process();
        assertThat(environment.getProperty("server.ssl.bundle")).isEqualTo("goaround");
        assertThat(environment.getProperty("management.server.ssl.enabled")).isEqualTo("false");
    }

    @Test
    void withoutACertificateNothingIsSaidOfTls() {
        process();
        assertThat(environment.getProperty("server.ssl.bundle")).isNull();
    }

    @Test
    void managementListensOnLoopbackUnlessToldOtherwise() {
        properties.put("server.port", "3000");
        properties.put("management.server.port", "3001");
        process();
        assertThat(environment.getProperty("management.server.address")).isEqualTo("127.0.0.1");
    }

    @Test
    void theUsersManagementAddressWins() {
        properties.put("management.server.port", "3001");
        properties.put("management.server.address", "0.0.0.0");
        process();
        assertThat(environment.getProperty("management.server.address")).isEqualTo("0.0.0.0");
    }

    @Test
    void aSharedPortHasNoManagementAddress() {
        properties.put("server.port", "3000");
        properties.put("management.server.port", "3000");
        process();
        assertThat(environment.getProperty("management.server.address")).isNull();
    }

    private void process() {
        environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
        DeferredLogFactory logs = destination -> destination.get();
        new SettingsPostProcessor(logs).postProcessEnvironment(environment, new SpringApplication());
    }
}
