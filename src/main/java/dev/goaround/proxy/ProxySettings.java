package dev.goaround.proxy;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the data path is configured with.
 *
 * @param attemptsHeader whether answers say how many attempts they took
 * @param requestTimeout longest time for a request, over all its attempts, until its answer begins; null means no limit
 */
public record ProxySettings(
        ForwardingSettings forwarding,
        boolean attemptsHeader,
        @Nullable Duration requestTimeout) {}
