package dev.goaround.listen;

import dev.goaround.http.ReadSizes;
import io.netty.handler.ssl.ClientAuth;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.Ssl.ServerNameSslBundle;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.reactive.AbstractReactiveWebServerFactory;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.netty.resources.LoopResources;

/** Makes the {@link TrafficServer} out of Spring Boot's {@code server.*} settings and our own. */
public final class TrafficServerFactory extends AbstractReactiveWebServerFactory {

    private final ListenSettings settings;
    private final LoopResources loopResources;
    private final ReadSizes readSizes;
    private final @Nullable Integer redirectPort;
    private @Nullable TrafficServer server;
    private @Nullable ServerTls tls;

    /**
     * @param readSizes learns of clients that keep their answers waiting
     * @param redirectPort where plain requests are redirected to TLS, or null for nowhere
     */
    public TrafficServerFactory(
            ListenSettings settings, LoopResources loopResources, ReadSizes readSizes, @Nullable Integer redirectPort) {
        this.settings = settings;
        this.loopResources = loopResources;
        this.readSizes = readSizes;
        this.redirectPort = redirectPort;
    }

    @Override
    public WebServer getWebServer(HttpHandler application) {
        TrafficServer made =
                new TrafficServer(address(), settings, loopResources, readSizes, application, newTls(), redirectPort);
        server = made;
        return made;
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
        ClientAuth clientAuth =
                Ssl.ClientAuth.map(ssl.getClientAuth(), ClientAuth.NONE, ClientAuth.OPTIONAL, ClientAuth.REQUIRE);
        ServedCertificate first = new ServedCertificate(getSslBundle(), settings.http2(), clientAuth);
        List<ServedCertificate> others = new ArrayList<>();
        SslBundles bundles = getSslBundles();
        if (bundles != null && ssl.getBundle() != null) {
            bundles.addBundleUpdateHandler(ssl.getBundle(), first::update);
            for (ServerNameSslBundle named : ssl.getServerNameBundles()) {
                ServedCertificate other =
                        new ServedCertificate(bundles.getBundle(named.bundle()), settings.http2(), clientAuth);
                bundles.addBundleUpdateHandler(named.bundle(), other::update);
                others.add(other);
            }
        }
        ServerTls made = new ServerTls(first, others);
        tls = made;
        return made;
    }

    /** What secures clients' connections, once it has been made, if anything does. */
    public Optional<ServerTls> tls() {
        return Optional.ofNullable(tls);
    }
}
