package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class PortSettingsTests {

    @ParameterizedTest
    @CsvSource({"3000, true", "3001, true", "8080, false", "0, false"})
    void theRedirectPortIsOneOfItsOwn(String redirect, boolean mistaken) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(PortSettings.TRAFFIC_PORT, "3000");
        settings.put(PortSettings.MANAGEMENT_PORT, "3001");
        settings.put("goaround.tls.redirect-port", redirect);
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", settings));

        assertThat(new PortSettings(environment).mistakes())
                .extracting(Object::toString)
                .isEqualTo(
                        mistaken
                                ? java.util.List.of("goaround.tls.redirect-port " + redirect
                                        + ": is taken by traffic or management, choose another")
                                : java.util.List.of());
    }
}
