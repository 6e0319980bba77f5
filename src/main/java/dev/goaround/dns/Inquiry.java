package dev.goaround.dns;

import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Question;
import io.netty.channel.AddressedEnvelope;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One question, asked of one name server after the other until one knows. One thread at a time. */
final class Inquiry {

    /** Longest chain of aliases, over all answers. */
    private static final int MOST_ALIASES = 16;

    private static final Map<DnsResponseCode, String> CODES = Map.of(
            DnsResponseCode.FORMERR, "FORMERR",
            DnsResponseCode.SERVFAIL, "SERVFAIL",
            DnsResponseCode.NOTIMP, "NOTIMP",
            DnsResponseCode.REFUSED, "REFUSED");

    private final DnsNameResolver resolver;
    private final Question question;
    private final Consumer<Answer> listener;
    private final Deque<InetSocketAddress> servers;
    private final AliasChain chain;
    private String failure = "there is no name server";

    /** @param servers those to ask, in this order; one that is here twice is asked again if its answer gets lost */
    Inquiry(DnsNameResolver resolver, Question question, List<InetSocketAddress> servers, Consumer<Answer> listener) {
        this.resolver = resolver;
        this.question = question;
        this.servers = new ArrayDeque<>(servers);
        this.listener = listener;
        this.chain = new AliasChain(question, MOST_ALIASES);
    }

    /** Asks the next name server. */
    void next() {
        InetSocketAddress server = servers.poll();
        if (server == null) {
            listener.accept(Answer.failed(failure));
        } else {
            ask(server);
        }
    }

    private void ask(InetSocketAddress server) {
        try {
            resolver.query(
                            server,
                            new DefaultDnsQuestion(
                                    chain.name(),
                                    DnsRecordType.valueOf(question.type().name())))
                    .addListener((Future<AddressedEnvelope<DnsResponse, InetSocketAddress>> answered) -> {
                        if (answered.isSuccess()) {
                            take(server, answered.getNow());
                        } else {
                            failure = "no answer from " + text(server) + why(answered.cause());
                            next();
                        }
                    });
        } catch (RuntimeException e) {
            listener.accept(Answer.failed("can't be asked: " + e.getMessage()));
        }
    }

    private static String why(Throwable cause) {
        return cause instanceof DnsNameResolverTimeoutException
                ? ""
                : ", " + cause.getClass().getSimpleName();
    }

    private void take(InetSocketAddress server, AddressedEnvelope<DnsResponse, InetSocketAddress> envelope) {
        try {
            read(server, envelope.content());
        } catch (RuntimeException e) {
            refused(server, "an answer that makes no sense");
        } finally {
            envelope.release();
        }
    }

    private void read(InetSocketAddress server, DnsResponse response) {
        DnsResponseCode code = response.code();
        if (code.equals(DnsResponseCode.NXDOMAIN)) {
            listener.accept(Answer.absent("NXDOMAIN"));
        } else if (!code.equals(DnsResponseCode.NOERROR)) {
            refused(server, CODES.getOrDefault(code, "code " + code.intValue()));
        } else if (response.isTruncated()) {
            // It came over UDP, and TCP did not work: half of the records would be taken for all of them.
            refused(server, "half an answer, and none over TCP");
        } else {
            switch (chain.follow(response)) {
                case FOUND -> listener.accept(Answer.found(chain.places(), chain.ttl()));
                case ABSENT -> listener.accept(Answer.absent("no such record"));
                case LEADS_ON -> ask(server);
                case ENDLESS -> refused(server, "aliases without an end");
            }
        }
    }

    /** Asking this one again would give the same. */
    private void refused(InetSocketAddress server, String why) {
        servers.removeIf(server::equals);
        failure = why + " from " + text(server);
        next();
    }

    private static String text(InetSocketAddress server) {
        return server.getAddress() == null
                ? server.getHostString()
                : server.getAddress().getHostAddress() + ":" + server.getPort();
    }
}
