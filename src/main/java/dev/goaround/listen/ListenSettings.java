package dev.goaround.listen;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What clients may do on the traffic port ({@code goaround.listen.*}).
 *
 * @param requestLineLimit longest request line; a longer one gets 414
 * @param headerLimit largest header block; a larger one gets 431
 * @param headerCountLimit most header fields; more get 431
 * @param bodyLimit largest request body; a larger one gets 413; unset means no limit
 * @param headerTimeout longest time from the first byte of a request's head to its last; then 408
 * @param bodyTimeout longest wait for more of a request's body; then 408
 * @param keepAliveTimeout longest time a connection may idle between requests before it is closed
 */
public record ListenSettings(
        @DefaultValue("16KB") DataSize requestLineLimit,
        @DefaultValue("32KB") DataSize headerLimit,
        @DefaultValue("100") int headerCountLimit,
        @Nullable DataSize bodyLimit,
        @DefaultValue("10s") Duration headerTimeout,
        @DefaultValue("30s") Duration bodyTimeout,
        @DefaultValue("75s") Duration keepAliveTimeout) {}
