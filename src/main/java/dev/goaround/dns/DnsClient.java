package dev.goaround.dns;

import dev.goaround.membership.DnsSettings;
import dev.goaround.membership.NameServer;
import java.net.InetSocketAddress;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/**
 * Asks the name servers of the settings, or the system's. The file of hosts is not read, and nothing is remembered: when to ask again is for others
 * to say. Thread-safe.
 */
public final class DnsClient implements NameServer, AutoCloseable {

    private final DnsQueries queries;

    /** @param files name the system's name servers */
    public DnsClient(DnsSettings settings, ResolverFiles files, LoopResources loopResources) {
        List<InetSocketAddress> listed = settings.addresses();
        this.queries =
                new DnsQueries(() -> listed.isEmpty() ? files.servers() : listed, settings.timeout(), loopResources);
    }

    @Override
    public Mono<Answer> ask(Question question) {
        return Mono.<Answer>create(sink -> queries.ask(question, sink::success))
                // Whoever hears the answer changes the pool, which is no work for an event loop.
                .publishOn(Schedulers.boundedElastic());
    }

    @Override
    public void close() {
        queries.close();
    }
}
