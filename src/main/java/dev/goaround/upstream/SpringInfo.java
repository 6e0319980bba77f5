package dev.goaround.upstream;

import dev.goaround.health.HealthSettings;
import dev.goaround.health.VersionSource;
import dev.goaround.pool.Backend;
import dev.goaround.upstream.ProbeReport.Finding;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** Asks a Spring Boot application for its version, over a connection of its own and within the time of a probe. */
public final class SpringInfo implements VersionSource {

    private static final String PATH = "/actuator/info";

    private final Dialers dialers;
    private final Supplier<HealthSettings> settings;

    public SpringInfo(Dialers dialers, Supplier<HealthSettings> settings) {
        this.dialers = dialers;
        this.settings = settings;
    }

    @Override
    public Mono<Optional<String>> version(Backend backend) {
        return Mono.create(sink -> {
            HealthSettings now = settings.get();
            ProbeExchange exchange = new ProbeExchange(
                    HttpProbe.question(backend.spec(), PATH), SpringInfoReport::new, now.timeout(), new Listener(sink));
            EventLoop loop = dialers.loop();
            Dialer dialer = dialers.probing(backend.spec(), now.timeout());
            loop.execute(() -> exchange.start(loop, dialer));
        });
    }

    private record Listener(MonoSink<Optional<String>> sink) implements ProbeExchange.Listener {

        @Override
        public void answered(int status, @Nullable Finding finding) {
            sink.success(status == 200 && finding != null ? Optional.of(finding.words()) : Optional.empty());
        }

        @Override
        public void failed(String why, boolean silent) {
            sink.success(Optional.empty());
        }
    }
}
