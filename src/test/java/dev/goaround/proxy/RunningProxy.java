package dev.goaround.proxy;

import dev.goaround.accesslog.AccessLog;
import dev.goaround.accesslog.AccessLogSettings;
import dev.goaround.balance.BalanceSettings.Sticky;
import dev.goaround.balance.Balancers;
import dev.goaround.balance.HashKey;
import dev.goaround.balance.Stickiness;
import dev.goaround.http.ReadSizes;
import dev.goaround.http.ReplayMemory;
import dev.goaround.http.RequestMemory;
import dev.goaround.http2.WindowBudget;
import dev.goaround.http2.WindowSettings;
import dev.goaround.limit.LimitSettings;
import dev.goaround.limit.WaitQueue;
import dev.goaround.listen.CertificateFiles;
import dev.goaround.listen.Drain;
import dev.goaround.listen.ListenCounts;
import dev.goaround.listen.ListenSettings;
import dev.goaround.listen.RequestIds;
import dev.goaround.listen.ShutdownSettings;
import dev.goaround.listen.TlsSettings;
import dev.goaround.listen.Tracking;
import dev.goaround.listen.TrafficServer;
import dev.goaround.listen.TrafficServerFactory;
import dev.goaround.listen.TrustedProxies;
import dev.goaround.observe.FailureLog;
import dev.goaround.observe.TrafficRecorder;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import dev.goaround.retry.HedgePolicy;
import dev.goaround.retry.RetryBudget;
import dev.goaround.retry.RetryPolicy;
import dev.goaround.retry.RetrySettings;
import dev.goaround.retry.TroubledRequest;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.LoopbackNames;
import dev.goaround.testing.Patience;
import dev.goaround.tracing.Tracing;
import dev.goaround.tracing.TracingSettings;
import dev.goaround.upstream.Departures;
import dev.goaround.upstream.Dialers;
import dev.goaround.upstream.HostResolver;
import dev.goaround.upstream.ProxyProtocol;
import dev.goaround.upstream.UpstreamClients;
import dev.goaround.upstream.UpstreamSettings;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.Ssl.ClientAuth;
import org.springframework.boot.web.server.Ssl.ServerNameSslBundle;
import org.springframework.boot.web.server.WebServer;
import org.springframework.util.unit.DataSize;
import reactor.netty.resources.LoopResources;

/** The data path on a free port, without a Spring context. Its backends are healthy from the start. */
final class RunningProxy implements AutoCloseable {

    /** Settings that a test may change. No time-out is reached unless a test says so. */
    static final class Builder {
        Duration responseTimeout = Patience.NEVER;
        Duration bodyTimeout = Patience.NEVER;
        Duration headerTimeout = Patience.NEVER;
        Duration clientBodyTimeout = Patience.NEVER;
        Duration keepAliveTimeout = Patience.NEVER;
        Duration http2PingInterval = Patience.NEVER;
        Duration drainTimeout = Patience.NEVER;

        @Nullable
        Duration requestTimeout;

        @Nullable
        DataSize bodyLimit;

        @Nullable
        DataSize minimumUploadRate;

        DataSize minimumDownloadRate = DataSize.ofBytes(240);

        @Nullable
        Integer requestsPerConnection;

        int resetLimit = 1000;
        WindowSettings windows =
                new WindowSettings(DataSize.ofMegabytes(4), DataSize.ofMegabytes(16), DataSize.ofMegabytes(64));
        boolean abortOnClose = false;

        @Nullable
        Integer maxClients;

        @Nullable
        Integer maxClientsPerAddress;

        @Nullable
        String requestId;

        HostResolver resolver = LoopbackNames.RESOLVER;
        DataSize responseHeaderLimit = DataSize.ofKilobytes(64);
        int maxConnections = 1024;
        Protocol protocol = Protocol.AUTO;
        boolean preserveHost = true;
        boolean lenient = false;

        /** What the backends are called where their URIs have addresses. */
        @Nullable
        String name;

        @Nullable
        Duration eventStreamTimeout;

        @Nullable
        Duration tunnelIdleTimeout;

        @Nullable
        Duration tunnelLifetime;

        @Nullable
        ProxyProtocol toBackends;

        List<Cidr> trusted = List.of();
        List<String> trustedFields = List.of();
        boolean via = true;
        List<Cidr> proxyProtocol = List.of();

        @Nullable
        SslContext tls;

        @Nullable
        String serverName;

        /** What clients are served, the first for all other names; with any of them HTTP/3 is spoken as well. */
        List<Certificates> served = List.of();

        ClientAuth clientAuth = ClientAuth.NONE;

        /** Whether plain requests are redirected, where anything is served with TLS; see {@link #redirectPort}. */
        boolean redirects;

        @Nullable
        Integer publicPort;

        List<String> plainPaths = List.of("/.well-known/acme-challenge/");

        @Nullable
        Certificates clientCa;

        /** Set means consistent-hash. */
        @Nullable
        HashKey hashKey;

        @Nullable
        Sticky sticky;

        AccessLogSettings accessLog = AccessLogSettings.defaults();
        TracingSettings tracing = TracingSettings.none();
        int loops = 2;
        boolean attemptsHeader = false;
        RetrySettings retry = RetrySettings.defaults();
        LongSupplier budgetClock = System::nanoTime;

        /** Read live. */
        volatile LimitSettings limit = new LimitSettings(1024, Patience.NEVER, Duration.ofMillis(100), null);

        RunningProxy over(URI... backends) {
            return new RunningProxy(this, backends);
        }
    }

    private final DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
    private final LoopResources loops;
    private final ReadSizes readSizes = new ReadSizes();
    private final RequestMemory requestMemory;
    private final WindowBudget windows;
    private final Departures departures;
    private final WebServer server;
    private final TrafficServerFactory factory;
    private final BackendPool pool;
    private final WaitQueue queue;
    private final ReplayMemory replayMemory;
    private final FailureLog failures = new FailureLog();
    private final TrafficRecorder recorder;
    private final AccessLog accessLog;
    private final Tracing tracing;

    private RunningProxy(Builder with, URI... backends) {
        loops = LoopResources.create("test", with.loops, true);
        pool = new BackendPool(
                Balancers.named(with.hashKey == null ? "least-requests" : "consistent-hash")
                        .orElseThrow(),
                Clock.systemUTC());
        pool.replace(Stream.of(backends)
                .map(uri -> new BackendSpec(
                        uri, 1, MaxConnections.valueOf(with.maxConnections), false, with.protocol, 0, null, with.name))
                .toList());
        pool.snapshot().members().forEach(member -> pool.report(member.backend(), Health.HEALTHY, "test"));
        queue = new WaitQueue(pool, () -> with.limit, System::nanoTime);
        pool.observe(queue);
        pool.whenChanged(queue::serve);
        recorder = new TrafficRecorder(pool);
        queue.observeWaits(recorder::waited);
        replayMemory = new ReplayMemory(
                () -> (int) with.retry.bufferSize().toBytes(),
                () -> with.retry.bufferMemory().toBytes());
        UpstreamSettings upstream = new UpstreamSettings(
                MaxConnections.valueOf(with.maxConnections),
                Patience.NEVER,
                Patience.NEVER,
                with.responseTimeout,
                with.bodyTimeout,
                with.eventStreamTimeout,
                with.tunnelIdleTimeout,
                with.tunnelLifetime,
                with.drainTimeout,
                with.responseHeaderLimit,
                Protocol.AUTO,
                with.toBackends,
                null,
                null,
                null,
                with.serverName,
                "1.2",
                true,
                with.lenient);
        windows = new WindowBudget(() -> with.windows, Runtime.getRuntime().maxMemory());
        Dialers dialers = new Dialers(
                () -> upstream, loops, readSizes, windows, protocol -> Objects.requireNonNull(with.tls), with.resolver);
        UpstreamClients clients = new UpstreamClients(dialers);
        departures = new Departures(pool, clients, () -> with.drainTimeout, Clock.systemUTC());
        pool.observe(recorder);
        pool.observeAnswers(recorder);
        accessLog = AccessLog.of(with.accessLog);
        tracing = Tracing.of(with.tracing);
        RequestTally tally = new RequestTally(recorder, new AccessRecorder(accessLog, Clock.systemUTC()), tracing);
        ProxyConfiguration configuration = new ProxyConfiguration();
        RetryBudget budget =
                new RetryBudget(() -> with.retry.budget(), () -> with.retry.budgetFloor(), with.budgetClock);
        RetryPolicy retryPolicy = new RetryPolicy(() -> with.retry, budget, new SecureRandom());
        HedgePolicy hedgePolicy = new HedgePolicy(() -> with.retry.hedge(), retryPolicy::withdraw);
        pool.observeAnswers(hedgePolicy);
        ProxySettings settings = new ProxySettings(
                new ForwardingSettings(with.trusted, with.preserveHost, with.requestId, with.trustedFields, with.via),
                with.attemptsHeader,
                with.requestTimeout,
                with.hashKey,
                stickiness(with, pool));
        ProxyHandler handler = configuration.proxyHandler(
                pool,
                queue,
                clients,
                () -> settings,
                retryPolicy,
                hedgePolicy,
                replayMemory,
                failures,
                tally,
                Clock.systemUTC());
        ListenSettings listen = new ListenSettings(
                DataSize.ofKilobytes(16),
                DataSize.ofKilobytes(32),
                100,
                with.bodyLimit,
                with.headerTimeout,
                with.clientBodyTimeout,
                with.minimumUploadRate,
                with.minimumDownloadRate,
                with.keepAliveTimeout,
                with.requestsPerConnection,
                with.proxyProtocol,
                true,
                100,
                with.http2PingInterval,
                with.resetLimit,
                !with.served.isEmpty() && with.proxyProtocol.isEmpty(),
                with.abortOnClose,
                with.maxClients,
                with.maxClientsPerAddress);
        requestMemory = new RequestMemory(
                () -> with.limit.requestMemory(Runtime.getRuntime().maxMemory()));
        factory =
                new TrafficServerFactory(listen, loops, readSizes, requestMemory, tlsSettings(with), Clock.systemUTC());
        factory.growWindows(windows);
        queue.setRelief(factory.stalled()::relieve);
        factory.stalled().setWaiting(queue::demand);
        factory.track(new Tracking(
                new RequestIds(with.requestId, System::currentTimeMillis, new SecureRandom()),
                new TrustedProxies(with.trusted)));
        secure(with);
        factory.observe(tally);
        factory.setPort(0);
        factory.setAddress(InetAddress.getLoopbackAddress());
        server = factory.getWebServer(configuration.trafficHandler(configuration.forwardEverything(handler)));
        server.start();
    }

    private static TlsSettings tlsSettings(Builder with) {
        Path unread = Path.of("unread");
        List<CertificateFiles> others = with.served.stream()
                .skip(1)
                .map(other -> new CertificateFiles(unread, unread, null))
                .toList();
        return with.served.isEmpty()
                ? TlsSettings.none()
                : new TlsSettings(
                        unread,
                        unread,
                        null,
                        others,
                        TlsSettings.ClientAuth.NONE,
                        null,
                        with.redirects ? 0 : null,
                        with.publicPort,
                        with.plainPaths);
    }

    private void secure(Builder with) {
        List<ServerNameSslBundle> others = new ArrayList<>();
        for (Certificates served : with.served) {
            String name = "served-" + bundles.getBundleNames().size();
            bundles.registerBundle(name, bundle(served, with.clientCa));
            others.add(new ServerNameSslBundle(name, name));
        }
        if (!others.isEmpty()) {
            Ssl ssl = Ssl.forBundle(others.remove(0).bundle());
            ssl.setServerNameBundles(others);
            ssl.setClientAuth(with.clientAuth);
            factory.setSsl(ssl);
            factory.setSslBundles(bundles);
        }
    }

    private static SslBundle bundle(Certificates served, @Nullable Certificates clientCa) {
        return SslBundle.of(SslStoreBundle.of(
                served.store(), Certificates.PASSWORD, clientCa == null ? null : clientCa.authorities()));
    }

    /** Replaces the first of the certificates that are served. */
    void serve(Certificates next) {
        bundles.updateBundle("served-0", bundle(next, null));
    }

    private static @Nullable Stickiness stickiness(Builder with, BackendPool pool) {
        Sticky sticky = with.sticky;
        return sticky == null ? null : new Stickiness("sticky", sticky, pool, Stickiness.key(new SecureRandom()));
    }

    static Builder with() {
        return new Builder();
    }

    static RunningProxy over(URI... backends) {
        return new Builder().over(backends);
    }

    /** Bytes that one read from a backend may take at the moment. */
    int mostPerRead() {
        return readSizes.most();
    }

    /** Clients that keep their answers waiting. */
    int slowClients() {
        return readSizes.slowClients();
    }

    /** Stops as on a signal: nothing new, and what runs is told. */
    void drain() {
        new Drain(factory, () -> new ShutdownSettings(Duration.ZERO, Patience.NEVER)).stop(() -> {});
    }

    /** Lets go of backends that have left and finished, or have had their time. */
    void seeOff() {
        departures.look();
    }

    int port() {
        return server.getPort();
    }

    int redirectPort() {
        return ((TrafficServer) server).redirectPort();
    }

    /** Bytes of request bodies that are kept at the moment. */
    long keptForReplay() {
        return replayMemory.kept();
    }

    /** Bytes that the requests under way take. */
    long requestMemory() {
        return requestMemory.held();
    }

    /** Bytes by which receive windows have grown. */
    long windowGrowth() {
        return windows.taken();
    }

    WaitQueue queue() {
        return queue;
    }

    /** Requests that wait for a place. */
    int queueLength() {
        return queue.length();
    }

    /** The latest requests that failed or needed another attempt, of which there may be more in a moment. */
    List<TroubledRequest> troubles() {
        return failures.latest();
    }

    /** Waits until so many requests have failed or needed another attempt: clients may have their answers before that is noted. */
    List<TroubledRequest> troubles(int atLeast) {
        Awaitility.await("requests in trouble").until(() -> troubles().size() >= atLeast);
        return troubles();
    }

    /** Waits until so many requests have ended, with all that is noted of them: clients may have their answers before that. */
    void awaitEnded(long requests) {
        Awaitility.await("requests ended").until(() -> ended() >= requests);
        loops.onServer(true).forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
    }

    private long ended() {
        return Stream.concat(recorder.byBackend().values().stream(), Stream.of(recorder.unsent()))
                .flatMap(traffic -> traffic.requests().values().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Waits until no request holds a place any more: clients may have their answers before that. */
    void awaitIdle() {
        Awaitility.await("no request is in flight")
                .until(() -> pool.snapshot().members().stream()
                        .allMatch(member -> member.backend().inFlight() == 0));
    }

    /** What clients' connections came to. */
    ListenCounts listenCounts() {
        return factory.counts();
    }

    /** What was counted. */
    TrafficRecorder recorder() {
        return recorder;
    }

    BackendPool pool() {
        return pool;
    }

    @Override
    public void close() {
        server.stop();
        accessLog.close();
        tracing.close();
        loops.disposeLater(Duration.ZERO, Patience.AMPLE).block();
    }
}
