package dev.goaround.listen;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How GoAround stops ({@code goaround.shutdown.*}).
 *
 * @param announce how long it goes on accepting after SIGTERM, not ready, so that whatever sends it traffic can look away
 * @param timeout longest wait after that for requests in flight
 */
public record ShutdownSettings(
        @DefaultValue("5s") Duration announce,
        @DefaultValue("25s") Duration timeout) {}
