package dev.goaround.config;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** Makes {@link GoAroundProperties} a bean. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GoAroundProperties.class)
public class SettingsConfiguration {}
