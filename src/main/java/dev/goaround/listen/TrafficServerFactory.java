package dev.goaround.listen;

import dev.goaround.http.ReadSizes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.reactive.AbstractReactiveWebServerFactory;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.netty.resources.LoopResources;

/** Makes the {@link TrafficServer} out of Spring Boot's {@code server.*} settings and our own. */
public final class TrafficServerFactory extends AbstractReactiveWebServerFactory {

    private final ListenSettings settings;
    private final LoopResources loopResources;
    private final ReadSizes readSizes;
    private @Nullable TrafficServer server;

    /** @param readSizes learns of clients that keep their answers waiting */
    public TrafficServerFactory(ListenSettings settings, LoopResources loopResources, ReadSizes readSizes) {
        this.settings = settings;
        this.loopResources = loopResources;
        this.readSizes = readSizes;
    }

    @Override
    public WebServer getWebServer(HttpHandler application) {
        TrafficServer made = new TrafficServer(address(), settings, loopResources, readSizes, application, tls());
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

    private @Nullable ServerTls tls() {
        Ssl ssl = getSsl();
        if (!Ssl.isEnabled(ssl)) {
            return null;
        }
        ServerTls tls = new ServerTls(getSslBundle(), settings.http2());
        SslBundles bundles = getSslBundles();
        if (bundles != null && ssl != null && ssl.getBundle() != null) {
            bundles.addBundleUpdateHandler(ssl.getBundle(), tls::update);
        }
        return tls;
    }
}
