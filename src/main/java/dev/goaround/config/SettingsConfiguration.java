package dev.goaround.config;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;

/** Makes {@link GoAroundProperties} a bean. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GoAroundProperties.class)
public class SettingsConfiguration {

    @Bean
    @ConfigurationPropertiesBinding
    static Converter<String, Duration> timeLimits() {
        return new TimeLimits();
    }
}
