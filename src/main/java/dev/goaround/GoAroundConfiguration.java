package dev.goaround;

import dev.goaround.accesslog.AccessLog;
import dev.goaround.admin.CertificateView;
import dev.goaround.admin.ChangeSources;
import dev.goaround.admin.ConfigurationView;
import dev.goaround.admin.StateFile;
import dev.goaround.admin.StatusSources;
import dev.goaround.balance.Stickiness;
import dev.goaround.cli.Version;
import dev.goaround.config.BackendFile;
import dev.goaround.config.ConfigurationReload;
import dev.goaround.config.GoAroundProperties;
import dev.goaround.config.LiveSettings;
import dev.goaround.config.ReloadStatus;
import dev.goaround.config.SecretFiles;
import dev.goaround.demo.DemoBackends;
import dev.goaround.dns.DnsClient;
import dev.goaround.dns.HostNames;
import dev.goaround.dns.ResolverFiles;
import dev.goaround.health.BackendVersions;
import dev.goaround.health.HealthChecker;
import dev.goaround.health.HealthMonitor;
import dev.goaround.health.OutlierDetector;
import dev.goaround.health.PanicWatch;
import dev.goaround.health.ProbeSchedule;
import dev.goaround.http.ReadSizes;
import dev.goaround.http.ReplayMemory;
import dev.goaround.http.RequestMemory;
import dev.goaround.http2.WindowBudget;
import dev.goaround.limit.AdaptiveLimits;
import dev.goaround.limit.WaitQueue;
import dev.goaround.listen.Drain;
import dev.goaround.listen.RequestIds;
import dev.goaround.listen.ServedBundles;
import dev.goaround.listen.ServerTls;
import dev.goaround.listen.ShutdownSettings;
import dev.goaround.listen.Tracking;
import dev.goaround.listen.TrafficServerFactory;
import dev.goaround.listen.TrustedProxies;
import dev.goaround.membership.FileSource;
import dev.goaround.membership.Membership;
import dev.goaround.membership.Names;
import dev.goaround.membership.OperatorLayer;
import dev.goaround.metrics.EventLoopDelays;
import dev.goaround.observe.FailureLog;
import dev.goaround.observe.RefusedTokens;
import dev.goaround.observe.TrafficHistory;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Protocol;
import dev.goaround.proxy.ForwardingSettings;
import dev.goaround.proxy.ProxySettings;
import dev.goaround.proxy.RequestTally;
import dev.goaround.retry.HedgePolicy;
import dev.goaround.retry.RetryBudget;
import dev.goaround.retry.RetryPolicy;
import dev.goaround.retry.RetrySettings;
import dev.goaround.settings.SteadyClock;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.logging.LoggerGroup;
import org.springframework.boot.logging.LoggerGroups;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
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

    /** The time of the wall, for whatever says when something was. */
    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    /** The time that goes on evenly, for whatever is due or measured. Chosen by its name. */
    @Bean
    Clock steadyClock() {
        return SteadyClock.start();
    }

    /** What is in force. Whoever is made at start and must follow changes asks this, and not what was there at start. */
    @Bean
    LiveSettings liveSettings(GoAroundProperties properties) {
        return new LiveSettings(properties);
    }

    @Bean
    BackendPool backendPool(LiveSettings live, Clock steadyClock) {
        return new LiveBalance(live, steadyClock).pool();
    }

    /** What the system says of names. */
    @Bean
    ResolverFiles resolverFiles() {
        return ResolverFiles.ofSystem();
    }

    @Bean
    DnsClient dnsClient(GoAroundProperties properties, ResolverFiles files, ReactorResourceFactory resources) {
        return new DnsClient(properties.dns(), files, resources.getLoopResources());
    }

    @Bean
    HostNames hostNames(GoAroundProperties properties, ResolverFiles files, ReactorResourceFactory resources) {
        return new HostNames(files, properties.dns().timeout(), resources.getLoopResources());
    }

    @Bean
    Names names(DnsClient client, ResolverFiles files, GoAroundProperties properties, Clock steadyClock) {
        Names names = new Names(client, properties.dns(), steadyClock, new Random());
        files.addListener(names::askAgain);
        return names;
    }

    @Bean
    Membership membership(
            BackendPool pool,
            Names names,
            LiveSettings live,
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
        Consumer<GoAroundProperties> listed = settings -> {
            List<BackendSpec> specs = new ArrayList<>(settings.backendSpecs());
            demo.ifAvailable(backends -> backends.urls()
                    .forEach(url -> specs.add(
                            new BackendSpec(url, 1, settings.upstream().maxConnections(), false, Protocol.AUTO))));
            membership.update("configuration", specs);
        };
        listed.accept(live.get());
        live.follow((before, now) -> listed.accept(now));
        return membership;
    }

    /** The file of backends, if there is one; the configuration has spoken before it. */
    @Bean
    SourceWatch sourceWatch(Membership membership, Names names, GoAroundProperties properties, LiveSettings live) {
        Path file = properties.membership().file();
        if (file == null) {
            return new SourceWatch(names, null);
        }
        BackendFile reader = new BackendFile(file, live.of(GoAroundProperties::backendDefaults));
        FileSource source = new FileSource(file, reader::read, membership);
        source.begin();
        live.follow((before, now) -> {
            if (!now.backendDefaults().equals(before.backendDefaults())) {
                source.again();
            }
        });
        return new SourceWatch(names, source);
    }

    @Bean
    @ConditionalOnBooleanProperty("goaround.demo")
    DemoBackends demoBackends() {
        return DemoBackends.start();
    }

    @Bean
    HealthMonitor healthMonitor(BackendPool pool, LiveSettings live, Clock steadyClock) {
        HealthMonitor monitor = new HealthMonitor(pool, live.of(GoAroundProperties::health), steadyClock);
        pool.observe(monitor);
        return monitor;
    }

    @Bean
    OutlierDetector outlierDetector(BackendPool pool, HealthMonitor monitor, LiveSettings live) {
        OutlierDetector detector = new OutlierDetector(pool, monitor, live.of(GoAroundProperties::health));
        pool.observe(detector);
        return detector;
    }

    @Bean
    BackendVersions backendVersions(BackendPool pool, Dialers dialers, LiveSettings live, Clock steadyClock) {
        return new BackendVersions(
                pool,
                new SpringInfo(dialers, live.of(GoAroundProperties::health)),
                live.of(GoAroundProperties::health),
                steadyClock);
    }

    @Bean
    HealthWatch healthWatch(
            BackendPool pool, HealthChecker checker, OutlierDetector outliers, BackendVersions versions) {
        return new HealthWatch(checker, outliers, new PanicWatch(pool), versions);
    }

    @Bean
    HttpProbe httpProbe(Dialers dialers, LiveSettings live, Clock steadyClock) {
        return new HttpProbe(dialers, live.of(GoAroundProperties::health), steadyClock);
    }

    @Bean
    HealthChecker healthChecker(
            BackendPool pool,
            HttpProbe probe,
            HealthMonitor monitor,
            LiveSettings live,
            Membership membership,
            Clock steadyClock) {
        HealthChecker checker = new HealthChecker(
                pool,
                probe,
                monitor,
                new ProbeSchedule(live.of(GoAroundProperties::health), steadyClock, new Random()));
        membership.whenUpdated(checker::round);
        return checker;
    }

    @Bean
    FirstProbes firstProbes(Names names, HealthChecker checker, Membership membership) {
        return new FirstProbes(names, checker, membership);
    }

    @Bean
    ConfigurationReload configurationReload(
            ConfigurableEnvironment environment,
            LiveSettings live,
            LoggingSystem logging,
            LoggerGroups groups,
            Clock clock) {
        return new ConfigurationReload(
                environment,
                live,
                (name, level) -> {
                    LoggerGroup group = groups.get(name);
                    if (group == null) {
                        logging.setLogLevel(name, level);
                    } else {
                        group.getMembers().forEach(member -> logging.setLogLevel(member, level));
                    }
                },
                clock);
    }

    @Bean
    SecretFiles secretFiles(GoAroundProperties properties) {
        SecretFiles files = new SecretFiles(properties);
        files.look();
        return files;
    }

    /** SIGHUP has all files read again, and the access log opened anew. */
    @Bean
    ConfigurationWatch configurationWatch(
            ConfigurationReload reload,
            TrafficServerFactory factory,
            ServedBundles bundles,
            UpstreamTls upstreamTls,
            SourceWatch sources,
            ResolverFiles resolverFiles,
            AccessLog accessLog) {
        return new ConfigurationWatch(
                reload,
                List.of(
                        accessLog::reopen,
                        bundles::reload,
                        () -> factory.tls().ifPresent(tls -> tls.reloadStaples(true)),
                        upstreamTls::reload,
                        resolverFiles::reload,
                        sources::reload));
    }

    /** The certificates of the traffic port, which Spring Boot knows as bundles. */
    @Bean
    ServedBundles servedBundles(GoAroundProperties properties) {
        return new ServedBundles(properties.tls());
    }

    @Bean
    BackgroundJobs backgroundJobs(
            HealthWatch health,
            Departures departures,
            SourceWatch sources,
            ConfigurationWatch configuration,
            TrafficServerFactory factory,
            ServedBundles bundles,
            UpstreamTls upstreamTls,
            TrafficHistory history,
            EventLoopDelays delays,
            SecretFiles secrets,
            ResolverFiles resolverFiles,
            RefusedTokens refusedTokens,
            Clock clock) {
        FileWatch certificates = new FileWatch(() -> {
            resolverFiles.look();
            secrets.look();
            upstreamTls.look();
            bundles.look();
            factory.tls().ifPresent(tls -> tls.reloadStaples(false));
        });
        return new BackgroundJobs(
                health,
                departures::look,
                sources,
                configuration::look,
                () -> {
                    refusedTokens.report();
                    certificates.look();
                },
                now -> factory.tls().ifPresent(tls -> tls.warnOfExpiry(now)),
                history,
                delays,
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
            LiveSettings live,
            ReactorResourceFactory resources,
            ReadSizes readSizes,
            RequestMemory memory,
            WindowBudget windows,
            RequestTally tally,
            Tracking tracking,
            Clock clock) {
        TrafficServerFactory factory = new TrafficServerFactory(
                properties.listen(), resources.getLoopResources(), readSizes, memory, properties.tls(), clock);
        factory.track(tracking);
        live.follow((before, now) -> factory.track(tracking.with(
                now.forwarding().requestId(),
                new TrustedProxies(now.forwarding().trustedProxies()))));
        factory.observe(tally);
        factory.growWindows(windows);
        return factory;
    }

    @Bean
    Tracking tracking(LiveSettings live, Clock clock) {
        ForwardingSettings forwarding = live.get().forwarding();
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
            LiveSettings live,
            ReactorResourceFactory resources,
            ReadSizes readSizes,
            WindowBudget windows,
            UpstreamTls tls,
            HostNames hostNames) {
        return new Dialers(
                live.of(GoAroundProperties::upstream),
                resources.getLoopResources(),
                readSizes,
                windows,
                tls::context,
                hostNames);
    }

    @Bean
    UpstreamClients upstreamClients(Dialers dialers) {
        return new UpstreamClients(dialers);
    }

    @Bean
    Departures departures(BackendPool pool, UpstreamClients clients, LiveSettings live, Clock steadyClock) {
        return new Departures(pool, clients, live.of(now -> now.upstream().drainTimeout()), steadyClock);
    }

    @Bean
    Supplier<ProxySettings> proxySettings(LiveSettings live, BackendPool pool) {
        return new LiveRequests(live, pool, Stickiness.key(new SecureRandom()));
    }

    @Bean
    RetryPolicy retryPolicy(LiveSettings live) {
        Supplier<RetrySettings> settings = live.of(GoAroundProperties::retry);
        RetryBudget budget = new RetryBudget(
                () -> settings.get().budget(), () -> settings.get().budgetFloor(), System::nanoTime);
        return new RetryPolicy(settings, budget, new SecureRandom());
    }

    @Bean
    HedgePolicy hedgePolicy(BackendPool pool, LiveSettings live, RetryPolicy retryPolicy) {
        HedgePolicy policy = new HedgePolicy(() -> live.get().retry().hedge(), retryPolicy::withdraw);
        pool.observeAnswers(policy);
        pool.whenChanged(() -> policy.keepOnly(pool.snapshot().backends()));
        return policy;
    }

    @Bean
    ReplayMemory replayMemory(LiveSettings live) {
        return new ReplayMemory(
                () -> Math.toIntExact(live.get().retry().bufferSize().toBytes()),
                () -> live.get().retry().bufferMemory().toBytes());
    }

    @Bean
    OutOfMemoryExit outOfMemoryExit() {
        OutOfMemoryExit exit = new OutOfMemoryExit();
        exit.handleLogged();
        return exit;
    }

    @Bean
    WindowBudget windowBudget(LiveSettings live) {
        return new WindowBudget(
                live.of(GoAroundProperties::window), Runtime.getRuntime().maxMemory());
    }

    @Bean
    RequestMemory requestMemory(LiveSettings live) {
        long heap = Runtime.getRuntime().maxMemory();
        return new RequestMemory(() -> live.get().limit().requestMemory(heap));
    }

    @Bean
    WaitQueue waitQueue(BackendPool pool, TrafficRecorder recorder, TrafficServerFactory factory, LiveSettings live) {
        WaitQueue queue = new WaitQueue(pool, live.of(GoAroundProperties::limit), System::nanoTime);
        pool.observe(queue);
        pool.whenChanged(queue::serve);
        queue.observeWaits(recorder::waited);
        queue.setRelief(factory.stalled()::relieve);
        factory.stalled().setWaiting(queue::demand);
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
    Tracing tracing(GoAroundProperties properties) {
        return Tracing.of(properties.tracing());
    }

    @Bean
    AccessLog accessLog(GoAroundProperties properties) {
        return AccessLog.of(properties.accessLog());
    }

    @Bean
    Drain drain(TrafficServerFactory factory, LiveSettings live) {
        return new Drain(factory, live.of(GoAroundProperties::shutdown));
    }

    /** Waits for {@link Drain} longer than it can take. */
    @Bean
    DefaultLifecycleProcessor lifecycleProcessor(LiveSettings live) {
        DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();
        Consumer<ShutdownSettings> patience = settings -> processor.setTimeoutPerShutdownPhase(
                settings.announce().plus(settings.timeout()).plusSeconds(10).toMillis());
        patience.accept(live.get().shutdown());
        live.follow((before, now) -> patience.accept(now.shutdown()));
        return processor;
    }

    // What operators see

    @Bean
    StatusSources statusSources(
            HealthChecker checker,
            BackendVersions versions,
            Membership membership,
            LiveSettings live,
            ConfigurationReload reload,
            TrafficServerFactory factory) {
        return new StatusSources(
                Version.current(),
                live.of(now -> now.balance().policy()),
                checker::lastProbe,
                versions::version,
                membership::statuses,
                () -> configuration(reload.status()),
                () -> factory.tls().map(ServerTls::certificates).orElse(List.of()).stream()
                        .map(served -> new CertificateView(served.names(), served.expiry()))
                        .toList());
    }

    private static ConfigurationView configuration(ReloadStatus status) {
        return new ConfigurationView(status.reloadedAt(), status.reloads(), status.mistakes(), status.needsRestart());
    }

    @Bean
    StateFile stateFile(GoAroundProperties properties, Clock clock) {
        return new StateFile(properties.management().stateFile(), clock);
    }

    @Bean
    ChangeSources changeSources(GoAroundProperties properties, LiveSettings live) {
        return new ChangeSources(
                properties.management(),
                live.of(GoAroundProperties::backendDefaults),
                new Callers(live.of(now -> new TrustedProxies(now.forwarding().trustedProxies()))));
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
