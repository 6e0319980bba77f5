package dev.goaround;

import dev.goaround.accesslog.AccessLog;
import dev.goaround.admin.CertificateView;
import dev.goaround.admin.ChangeSources;
import dev.goaround.admin.StateFile;
import dev.goaround.admin.StatusSources;
import dev.goaround.balance.BalanceSettings;
import dev.goaround.balance.Balancers;
import dev.goaround.balance.Stickiness;
import dev.goaround.cli.Version;
import dev.goaround.config.BackendFile;
import dev.goaround.config.GoAroundProperties;
import dev.goaround.demo.DemoBackends;
import dev.goaround.dns.DnsClient;
import dev.goaround.health.BackendVersions;
import dev.goaround.health.HealthChecker;
import dev.goaround.health.HealthMonitor;
import dev.goaround.health.OutlierDetector;
import dev.goaround.health.PanicWatch;
import dev.goaround.health.ProbeSchedule;
import dev.goaround.http.ReadSizes;
import dev.goaround.http.ReplayMemory;
import dev.goaround.limit.AdaptiveLimits;
import dev.goaround.limit.WaitQueue;
import dev.goaround.listen.Drain;
import dev.goaround.listen.RequestIds;
import dev.goaround.listen.ServerTls;
import dev.goaround.listen.Tracking;
import dev.goaround.listen.TrafficServerFactory;
import dev.goaround.listen.TrustedProxies;
import dev.goaround.membership.FileSource;
import dev.goaround.membership.Membership;
import dev.goaround.membership.Names;
import dev.goaround.membership.OperatorLayer;
import dev.goaround.observe.FailureLog;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Protocol;
import dev.goaround.proxy.AccessRecorder;
import dev.goaround.proxy.ForwardingSettings;
import dev.goaround.proxy.ProxySettings;
import dev.goaround.proxy.RequestTally;
import dev.goaround.retry.HedgePolicy;
import dev.goaround.retry.RetryBudget;
import dev.goaround.retry.RetryPolicy;
import dev.goaround.retry.RetrySettings;
import dev.goaround.tracing.Tracing;
import dev.goaround.upstream.Departures;
import dev.goaround.upstream.Dialers;
import dev.goaround.upstream.HttpProbe;
import dev.goaround.upstream.SpringInfo;
import dev.goaround.upstream.UpstreamClients;
import dev.goaround.upstream.UpstreamTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** The object graph: how the parts of GoAround are put together. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class GoAroundConfiguration {

    /** What is GoAround's own is made at start, so that what is wrong with it shows then. */
    @Bean
    static LazyInitializationExcludeFilter eagerly() {
        return (name, definition, type) -> type.getPackageName().startsWith("dev.goaround");
    }

    // The pool and what keeps it healthy

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    BackendPool backendPool(GoAroundProperties properties, Clock clock) {
        BalanceSettings balance = properties.balance();
        return new BackendPool(Balancers.of(balance, clock), balance.eligibility(), clock);
    }

    @Bean
    DnsClient dnsClient(GoAroundProperties properties, ReactorResourceFactory resources) {
        return new DnsClient(properties.dns(), resources.getLoopResources());
    }

    @Bean
    Names names(DnsClient client, GoAroundProperties properties, Clock clock) {
        return new Names(client, properties.dns(), clock, new Random());
    }

    @Bean
    Membership membership(
            BackendPool pool,
            Names names,
            GoAroundProperties properties,
            StateFile stateFile,
            ObjectProvider<DemoBackends> demo,
            Clock clock)
            throws IOException {
        Membership membership = new Membership(pool, names, clock);
        OperatorLayer said = stateFile.read();
        if (!said.words().isEmpty()) {
            membership.restore(said);
        }
        membership.whenOperatorsSpoke(stateFile::write);
        List<BackendSpec> specs = new ArrayList<>(properties.backendSpecs());
        demo.ifAvailable(backends -> backends.urls()
                .forEach(url -> specs.add(
                        new BackendSpec(url, 1, properties.upstream().maxConnections(), false, Protocol.AUTO))));
        membership.update("configuration", specs);
        return membership;
    }

    /** The file of backends, if there is one; the configuration has spoken before it. */
    @Bean
    SourceWatch sourceWatch(Membership membership, Names names, GoAroundProperties properties) {
        Path file = properties.membership().file();
        if (file == null) {
            return new SourceWatch(names, null);
        }
        BackendFile reader = new BackendFile(file, properties.backendDefaults());
        FileSource source = new FileSource(file, reader::read, membership);
        source.begin();
        return new SourceWatch(names, source);
    }

    @Bean
    @ConditionalOnBooleanProperty("goaround.demo")
    DemoBackends demoBackends() {
        return DemoBackends.start();
    }

    @Bean
    HealthMonitor healthMonitor(BackendPool pool, GoAroundProperties properties, Clock clock) {
        HealthMonitor monitor = new HealthMonitor(pool, properties::health, clock);
        pool.observe(monitor);
        return monitor;
    }

    @Bean
    OutlierDetector outlierDetector(BackendPool pool, HealthMonitor monitor, GoAroundProperties properties) {
        OutlierDetector detector = new OutlierDetector(pool, monitor, properties::health);
        pool.observe(detector);
        return detector;
    }

    @Bean
    BackendVersions backendVersions(BackendPool pool, Dialers dialers, GoAroundProperties properties, Clock clock) {
        return new BackendVersions(pool, new SpringInfo(dialers, properties::health), properties::health, clock);
    }

    @Bean
    HealthWatch healthWatch(
            BackendPool pool, HealthChecker checker, OutlierDetector outliers, BackendVersions versions) {
        return new HealthWatch(checker, outliers, new PanicWatch(pool), versions);
    }

    @Bean
    HttpProbe httpProbe(Dialers dialers, GoAroundProperties properties, Clock clock) {
        return new HttpProbe(dialers, properties::health, clock);
    }

    @Bean
    HealthChecker healthChecker(
            BackendPool pool,
            HttpProbe probe,
            HealthMonitor monitor,
            GoAroundProperties properties,
            Membership membership,
            Clock clock) {
        HealthChecker checker =
                new HealthChecker(pool, probe, monitor, new ProbeSchedule(properties::health, clock, new Random()));
        membership.whenUpdated(checker::round);
        return checker;
    }

    @Bean
    FirstProbes firstProbes(Names names, HealthChecker checker, Membership membership) {
        return new FirstProbes(names, checker, membership);
    }

    @Bean
    BackgroundJobs backgroundJobs(
            HealthWatch health,
            Departures departures,
            SourceWatch sources,
            TrafficServerFactory factory,
            UpstreamTls upstreamTls,
            TrafficHistory history,
            Clock clock) {
        Runnable reload = () -> {
            upstreamTls.reload();
            factory.tls().ifPresent(ServerTls::reloadStaples);
        };
        return new BackgroundJobs(
                health,
                departures::look,
                sources,
                reload,
                now -> factory.tls().ifPresent(tls -> tls.warnOfExpiry(now)),
                history,
                clock);
    }

    /** Goes on after the signal to stop, since requests in flight still need healthy backends. */
    @Bean
    ThreadPoolTaskScheduler taskScheduler() {
        ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
        scheduler.setThreadNamePrefix("jobs-");
        scheduler.setDaemon(true);
        scheduler.setAcceptTasksAfterContextClose(true);
        scheduler.setPhase(Integer.MIN_VALUE);
        return scheduler;
    }

    // The data path

    @Bean
    ReadSizes readSizes() {
        return new ReadSizes();
    }

    @Bean
    TrafficServerFactory trafficServerFactory(
            GoAroundProperties properties,
            ReactorResourceFactory resources,
            ReadSizes readSizes,
            RequestTally tally,
            Tracking tracking,
            Clock clock) {
        TrafficServerFactory factory = new TrafficServerFactory(
                properties.listen(), resources.getLoopResources(), readSizes, properties.tls(), clock);
        factory.track(tracking);
        factory.observe(tally);
        return factory;
    }

    @Bean
    Tracking tracking(GoAroundProperties properties, Clock clock) {
        ForwardingSettings forwarding = properties.forwarding();
        return new Tracking(
                new RequestIds(forwarding.requestId(), clock::millis, new SecureRandom()),
                new TrustedProxies(forwarding.trustedProxies()));
    }

    @Bean
    UpstreamTls upstreamTls(GoAroundProperties properties) {
        return new UpstreamTls(properties.upstream());
    }

    @Bean
    Dialers dialers(
            GoAroundProperties properties, ReactorResourceFactory resources, ReadSizes readSizes, UpstreamTls tls) {
        return new Dialers(properties.upstream(), resources.getLoopResources(), readSizes, tls::context);
    }

    @Bean
    UpstreamClients upstreamClients(Dialers dialers) {
        return new UpstreamClients(dialers);
    }

    @Bean
    Departures departures(BackendPool pool, UpstreamClients clients, GoAroundProperties properties, Clock clock) {
        return new Departures(pool, clients, () -> properties.upstream().drainTimeout(), clock);
    }

    @Bean
    ProxySettings proxySettings(GoAroundProperties properties, BackendPool pool) {
        BalanceSettings.Sticky sticky = properties.balance().sticky();
        return new ProxySettings(
                properties.forwarding(),
                properties.retry().attemptsHeader(),
                properties.requestTimeout(),
                properties.balance().keyInUse(),
                sticky.cookie() == null ? null : new Stickiness(sticky.cookie(), sticky, pool, new SecureRandom()));
    }

    @Bean
    RetryPolicy retryPolicy(GoAroundProperties properties) {
        RetrySettings settings = properties.retry();
        RetryBudget budget = new RetryBudget(settings.budget(), settings.budgetFloor(), System::nanoTime);
        return new RetryPolicy(settings, budget, new SecureRandom());
    }

    @Bean
    HedgePolicy hedgePolicy(BackendPool pool, GoAroundProperties properties, RetryPolicy retryPolicy) {
        HedgePolicy policy = new HedgePolicy(properties.retry().hedge(), retryPolicy::withdraw);
        pool.observeAnswers(policy);
        pool.whenChanged(() -> policy.keepOnly(pool.snapshot().backends()));
        return policy;
    }

    @Bean
    ReplayMemory replayMemory(GoAroundProperties properties) {
        RetrySettings settings = properties.retry();
        return new ReplayMemory(
                Math.toIntExact(settings.bufferSize().toBytes()),
                settings.bufferMemory().toBytes());
    }

    @Bean
    WaitQueue waitQueue(BackendPool pool, TrafficRecorder recorder, GoAroundProperties properties) {
        WaitQueue queue = new WaitQueue(pool, properties::limit, System::nanoTime);
        pool.observe(queue);
        pool.whenChanged(queue::serve);
        queue.observeWaits(recorder::waited);
        return queue;
    }

    @Bean
    AdaptiveLimits adaptiveLimits(BackendPool pool, WaitQueue queue) {
        AdaptiveLimits limits = new AdaptiveLimits(System::nanoTime, queue::serve);
        pool.observe(limits);
        pool.observeAnswers(limits);
        pool.whenChanged(() -> limits.keepOnly(pool.snapshot().backends()));
        return limits;
    }

    @Bean
    FailureLog failureLog() {
        return new FailureLog();
    }

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
    Tracing tracing(GoAroundProperties properties) {
        return Tracing.of(properties.tracing());
    }

    @Bean
    AccessLog accessLog(GoAroundProperties properties) {
        return AccessLog.of(properties.accessLog());
    }

    @Bean
    TrafficHistory trafficHistory(TrafficRecorder recorder) {
        return new TrafficHistory(recorder, System::nanoTime);
    }

    @Bean
    Drain drain(TrafficServerFactory factory, GoAroundProperties properties) {
        return new Drain(factory, properties.shutdown());
    }

    /** Waits for {@link Drain} longer than it can take. */
    @Bean
    DefaultLifecycleProcessor lifecycleProcessor(GoAroundProperties properties) {
        DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();
        Duration drain =
                properties.shutdown().announce().plus(properties.shutdown().timeout());
        processor.setTimeoutPerShutdownPhase(drain.plusSeconds(10).toMillis());
        return processor;
    }

    // What operators see

    @Bean
    StatusSources statusSources(
            HealthChecker checker,
            BackendVersions versions,
            Membership membership,
            GoAroundProperties properties,
            TrafficServerFactory factory) {
        return new StatusSources(
                Version.current(),
                () -> properties.balance().policy(),
                checker::lastProbe,
                versions::version,
                membership::statuses,
                () -> factory.tls().map(ServerTls::certificates).orElse(List.of()).stream()
                        .map(served -> new CertificateView(served.names(), served.expiry()))
                        .toList());
    }

    @Bean
    StateFile stateFile(GoAroundProperties properties, Clock clock) {
        return new StateFile(properties.management().stateFile(), clock);
    }

    @Bean
    ChangeSources changeSources(GoAroundProperties properties) {
        return new ChangeSources(properties.management(), properties::backendDefaults, new Callers());
    }

    @Bean
    StartupReporter startupReporter(
            BackendPool pool, StatusSources sources, GoAroundProperties properties, ObjectProvider<DemoBackends> demo) {
        boolean https = properties.tls().certificate() != null;
        return new StartupReporter(pool, sources, https, demo.getIfAvailable());
    }

    /** The management port is served by Spring Boot's own server, not by one like the traffic port's. */
    @Bean
    static ManagementContextFactory managementContextFactory() {
        return new ManagementContextFactory(
                WebApplicationType.REACTIVE, NettyReactiveWebServerFactory.class, ManagementServer.class);
    }
}
