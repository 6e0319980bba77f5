package dev.goaround.demo;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * Three backends inside this process, on free ports of the loopback interface: a quick one, a slow one, and one to be
 * switched off and on.
 *
 * <p>They share one daemon thread that is not one of GoAround's event loops, so that they can't hide its own latency,
 * and nothing of them blocks.
 */
public final class DemoBackends implements AutoCloseable {

    static final Duration SLOW = Duration.ofMillis(200);

    private final LoopResources loop;
    private final List<DisposableServer> servers;

    private DemoBackends(LoopResources loop, List<DisposableServer> servers) {
        this.loop = loop;
        this.servers = List.copyOf(servers);
    }

    /** Starts the three; they accept connections when this returns. Blocks meanwhile: for the starting thread only. */
    public static DemoBackends start() {
        LoopResources loop = LoopResources.create("goaround-demo", 1, true);
        return new DemoBackends(
                loop,
                Stream.of(
                                new DemoBackend("demo-1", Duration.ZERO),
                                new DemoBackend("demo-2", SLOW),
                                new DemoBackend("demo-3", Duration.ZERO))
                        .map(backend -> listen(backend, loop))
                        .toList());
    }

    private static DisposableServer listen(DemoBackend backend, LoopResources loop) {
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .runOn(loop)
                .handle(backend::answer)
                .bindNow();
    }

    /** Where they listen, {@code demo-1} first. */
    public List<URI> urls() {
        return servers.stream()
                .map(server -> URI.create("http://127.0.0.1:" + server.port()))
                .toList();
    }

    /**
     * What to try, as lines for a person to read and paste.
     *
     * @param traffic URL of the traffic port
     */
    public List<String> hints(URI traffic) {
        String curl = "https".equals(traffic.getScheme()) ? "curl -k " : "curl ";
        URI last = urls().get(servers.size() - 1);
        return List.of(
                "demo: three backends run inside this process, demo-2 is slow (" + SLOW.toMillis() + " ms); try",
                "  " + curl + traffic + "/",
                "  curl -X POST " + last + "/off   (demo-3 fails from now on)",
                "  curl -X POST " + last + "/on");
    }

    /** Stops listening and closes what is open. */
    @Override
    public void close() {
        servers.forEach(DisposableServer::disposeNow);
        loop.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).subscribe();
    }
}
