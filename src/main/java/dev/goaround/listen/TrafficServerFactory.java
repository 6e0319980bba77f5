package dev.goaround.listen;

import dev.goaround.http.ReadSizes;
import dev.goaround.http.RequestMemory;
import dev.goaround.http2.WindowBudget;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.Ssl.ServerNameSslBundle;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.reactive.AbstractReactiveWebServerFactory;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.netty.resources.LoopResources;

/** Makes the {@link TrafficServer} out of Spring Boot's {@code server.*} settings and our own. */
public final class TrafficServerFactory extends AbstractReactiveWebServerFactory {

    private static final Logger log = LoggerFactory.getLogger(TrafficServerFactory.class);

    private final ListenSettings settings;
    private final LoopResources loopResources;
    private final ReadSizes readSizes;
    private final RequestMemory memory;
    private final TlsSettings tlsSettings;
    private final Clock clock;
    private final ListenCounts counts = new ListenCounts();
    private final StalledRequests stalled = new StalledRequests(counts);
    private RequestObserver observer = request -> {};
    private WindowBudget windows = WindowBudget.none();
    /** Guarded by this object's lock. */
    private Tracking tracking = Tracking.none();

    private volatile @Nullable TrafficServer server;
    private @Nullable ServerTls tls;

    /**
     * @param readSizes learns of clients that keep their answers waiting
     * @param memory bounds what requests take while they are under way
     * @param tlsSettings where plain requests are redirected to TLS, and what is stapled; the certificates are Spring Boot's
     */
    public TrafficServerFactory(
            ListenSettings settings,
            LoopResources loopResources,
            ReadSizes readSizes,
            RequestMemory memory,
            TlsSettings tlsSettings,
            Clock clock) {
        this.settings = settings;
        this.loopResources = loopResources;
        this.readSizes = readSizes;
        this.memory = memory;
        this.tlsSettings = tlsSettings;
        this.clock = clock;
    }

    /** Has this observer told how requests end, where the application names no other; to be called before there is a server. */
    public void observe(RequestObserver requests) {
        observer = requests;
    }

    /** Sets how much the receive windows of HTTP/2 may grow. To be called before there is a server. */
    public void growWindows(WindowBudget budget) {
        windows = budget;
    }

    /** Has requests told apart and followed so from now on. */
    public synchronized void track(Tracking how) {
        tracking = how;
        TrafficServer running = server;
        if (running != null) {
            running.track(how);
        }
    }

    @Override
    public WebServer getWebServer(HttpHandler application) {
        TrafficServer made = new TrafficServer(
                address(), settings, loopResources, readSizes, application, newTls(), tlsSettings, counts, stalled);
        made.observe(observer);
        made.boundBy(memory);
        made.growWindows(windows);
        publish(made);
        return made;
    }

    private synchronized void publish(TrafficServer made) {
        made.track(tracking);
        server = made;
    }

    /** What has been counted since the start. */
    public ListenCounts counts() {
        return counts;
    }

    /** The requests that their clients stall. */
    public StalledRequests stalled() {
        return stalled;
    }

    /** The server, once it has been made. */
    public Optional<TrafficServer> server() {
        return Optional.ofNullable(server);
    }

    private InetSocketAddress address() {
        InetAddress address = getAddress();
        return address == null ? new InetSocketAddress(getPort()) : new InetSocketAddress(address, getPort());
    }

    private @Nullable ServerTls newTls() {
        Ssl ssl = getSsl();
        if (!Ssl.isEnabled(ssl)) {
            return null;
        }
        if (settings.http3()) {
            Http3Listener.requireQuic();
        }
        ClientAuth clientAuth =
                Ssl.ClientAuth.map(ssl.getClientAuth(), ClientAuth.NONE, ClientAuth.OPTIONAL, ClientAuth.REQUIRE);
        if (tlsSettings.staples() && !OpenSsl.isOcspSupported()) {
            log.warn(
                    "goaround.tls.ocsp-response has no effect: only native TLS can staple, and it is not available here");
        }
        ServedCertificate first = served(getSslBundle(), clientAuth, tlsSettings.ocspResponse());
        List<ServedCertificate> others = new ArrayList<>();
        SslBundles bundles = getSslBundles();
        if (bundles != null && ssl.getBundle() != null) {
            bundles.addBundleUpdateHandler(ssl.getBundle(), first::update);
            for (ServerNameSslBundle named : ssl.getServerNameBundles()) {
                Path staple = tlsSettings.certificates().get(others.size()).ocspResponse();
                ServedCertificate other = served(bundles.getBundle(named.bundle()), clientAuth, staple);
                bundles.addBundleUpdateHandler(named.bundle(), other::update);
                others.add(other);
            }
        }
        ServerTls made = new ServerTls(first, others);
        tls = made;
        return made;
    }

    private ServedCertificate served(SslBundle bundle, ClientAuth clientAuth, @Nullable Path staple) {
        ServedCertificate made = new ServedCertificate(
                bundle,
                OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK,
                staple == null || !OpenSsl.isOcspSupported() ? null : new OcspStaple(staple, clock),
                settings.http2(),
                clientAuth);
        if (settings.http3()) {
            made.serveQuic(bundle, tlsSettings.certificates().isEmpty() ? null : this::quicContext);
        }
        return made;
    }

    private QuicSslContext quicContext(@Nullable String name) {
        return Objects.requireNonNull(tls, "no client is served before TLS is made")
                .quicContext(name);
    }

    /** What secures clients' connections, once it has been made, if anything does. */
    public Optional<ServerTls> tls() {
        return Optional.ofNullable(tls);
    }
}
