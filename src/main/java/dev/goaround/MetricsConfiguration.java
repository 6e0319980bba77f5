package dev.goaround;

import dev.goaround.accesslog.AccessLog;
import dev.goaround.cli.Version;
import dev.goaround.config.ConfigurationReload;
import dev.goaround.health.HealthMonitor;
import dev.goaround.http.ReplayMemory;
import dev.goaround.limit.WaitQueue;
import dev.goaround.listen.TrafficServerFactory;
import dev.goaround.metrics.EventLoopDelays;
import dev.goaround.metrics.GoAroundMetrics;
import dev.goaround.metrics.MetricSources;
import dev.goaround.observe.RefusedTokens;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.BackendPool;
import dev.goaround.proxy.AccessRecorder;
import dev.goaround.proxy.RequestTally;
import dev.goaround.retry.RetryPolicy;
import dev.goaround.tracing.Tracing;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;

/** What is counted, and who is shown it. */
@Configuration(proxyBeanMethods = false)
class MetricsConfiguration {

    @Bean
    TrafficRecorder trafficRecorder(BackendPool pool, HealthMonitor monitor) {
        TrafficRecorder recorder = new TrafficRecorder(pool);
        pool.whenChanged(recorder::follow);
        recorder.follow();
        pool.observe(recorder);
        pool.observeAnswers(recorder);
        monitor.observe(recorder);
        return recorder;
    }

    @Bean
    RequestTally requestTally(TrafficRecorder recorder, AccessLog accessLog, Tracing tracing, Clock clock) {
        return new RequestTally(recorder, new AccessRecorder(accessLog, clock), tracing);
    }

    @Bean
    TrafficHistory trafficHistory(TrafficRecorder recorder) {
        return new TrafficHistory(recorder, System::nanoTime);
    }

    @Bean
    EventLoopDelays eventLoopDelays(ReactorResourceFactory resources) {
        return new EventLoopDelays(() -> resources.getLoopResources().onServer(true), System::nanoTime);
    }

    @Bean
    GoAroundMetrics goAroundMetrics(
            ObjectProvider<PrometheusRegistry> registry,
            BackendPool pool,
            TrafficServerFactory traffic,
            WaitQueue queue,
            TrafficRecorder recorder,
            RetryPolicy retries,
            ReplayMemory replayMemory,
            EventLoopDelays delays,
            AccessLog accessLog,
            ConfigurationReload reload,
            RefusedTokens refusedTokens) {
        MetricSources sources = new MetricSources(
                Version.current(),
                traffic,
                queue,
                recorder,
                retries,
                replayMemory,
                delays,
                accessLog,
                reload::status,
                refusedTokens);
        return new GoAroundMetrics(registry::getObject, pool, sources);
    }
}
