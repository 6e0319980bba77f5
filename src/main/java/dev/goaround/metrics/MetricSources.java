package dev.goaround.metrics;

import dev.goaround.accesslog.AccessLog;
import dev.goaround.config.ReloadStatus;
import dev.goaround.http.ReplayMemory;
import dev.goaround.limit.WaitQueue;
import dev.goaround.listen.TrafficServerFactory;
import dev.goaround.observe.RefusedTokens;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.retry.RetryPolicy;
import java.util.function.Supplier;

/**
 * Where metrics find what is counted.
 *
 * @param version the version of GoAround that runs
 */
public record MetricSources(
        String version,
        TrafficServerFactory traffic,
        WaitQueue queue,
        TrafficRecorder recorder,
        RetryPolicy retries,
        ReplayMemory replayMemory,
        EventLoopDelays delays,
        AccessLog accessLog,
        Supplier<ReloadStatus> reloads,
        RefusedTokens refusedTokens) {}
