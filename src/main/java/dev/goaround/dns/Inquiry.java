package dev.goaround.dns;

import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Question;
import io.netty.channel.AddressedEnvelope;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One question, asked of one name server after the other until one knows. A server that does not take EDNS is asked again without it, whether it says
 * so or drops what has it (RFC 6891 section 7). One thread at a time.
 */
final class Inquiry {

    /** Longest chain of aliases, over all answers. */
    private static final int MOST_ALIASES = 16;

    /** The version of EDNS is not known to the server: its one code that needs more room than the header has (RFC 6891 section 9). */
    private static final int BADVERS = 16;

    private static final int HEADER_CODE_BITS = 4;
    private static final int EXTENDED_CODE_SHIFT = 24;

    private static final Map<Integer, String> CODES =
            Map.of(1, "FORMERR", 2, "SERVFAIL", 4, "NOTIMP", 5, "REFUSED", BADVERS, "BADVERS");

    /** What servers say that do not take EDNS. */
    private static final Set<Integer> WITHOUT_EDNS =
            Set.of(DnsResponseCode.FORMERR.intValue(), DnsResponseCode.NOTIMP.intValue(), BADVERS);

    private final DnsQueries.Sockets sockets;
    private final EdnsRefusals refusals;
    private final Question question;
    private final Consumer<Answer> listener;
    private final Deque<InetSocketAddress> servers;

    /** Those that said nothing to a question with EDNS, or that they don't take it. */
    private final Set<InetSocketAddress> plain = new HashSet<>();

    private final AliasChain chain;
    private String failure =
            "there is no name server to ask: the system names none, and goaround.dns.servers is not set";

    /** @param servers those to ask, in this order; one that is here twice is asked again if its answer gets lost */
    Inquiry(
            DnsQueries.Sockets sockets,
            EdnsRefusals refusals,
            Question question,
            List<InetSocketAddress> servers,
            Consumer<Answer> listener) {
        this.sockets = sockets;
        this.refusals = refusals;
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
        boolean edns = !plain.contains(server) && !refusals.contains(server);
        DnsNameResolver resolver = edns ? sockets.edns() : sockets.plain();
        try {
            resolver.query(
                            server,
                            new DefaultDnsQuestion(
                                    chain.name(),
                                    DnsRecordType.valueOf(question.type().name())))
                    .addListener((Future<AddressedEnvelope<DnsResponse, InetSocketAddress>> answered) -> {
                        if (answered.isSuccess()) {
                            take(server, edns, answered.getNow());
                        } else {
                            failure = "no answer from " + text(server) + why(answered.cause());
                            plain.add(server);
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

    private void take(
            InetSocketAddress server, boolean edns, AddressedEnvelope<DnsResponse, InetSocketAddress> envelope) {
        try {
            int code = code(envelope.content());
            if (edns && WITHOUT_EDNS.contains(code)) {
                plain.add(server);
                ask(server);
                return;
            }
            if (!edns && plain.contains(server) && !WITHOUT_EDNS.contains(code)) {
                refusals.add(server);
            }
            read(server, code, envelope.content());
        } catch (RuntimeException e) {
            refused(server, "an answer that makes no sense");
        } finally {
            envelope.release();
        }
    }

    /** Returns the code of a response, of which the upper part is in its OPT record if it has one (RFC 6891 section 6.1.3). */
    private static int code(DnsResponse response) {
        int code = response.code().intValue();
        for (int i = 0; i < response.count(DnsSection.ADDITIONAL); i++) {
            DnsRecord record = response.recordAt(DnsSection.ADDITIONAL, i);
            if (record.type().equals(DnsRecordType.OPT)) {
                code |= (int) (record.timeToLive() >>> EXTENDED_CODE_SHIFT & 0xff) << HEADER_CODE_BITS;
            }
        }
        return code;
    }

    private void read(InetSocketAddress server, int code, DnsResponse response) {
        if (code == DnsResponseCode.NXDOMAIN.intValue()) {
            listener.accept(Answer.absent("NXDOMAIN"));
        } else if (code != DnsResponseCode.NOERROR.intValue()) {
            refused(server, CODES.getOrDefault(code, "code " + code));
        } else if (response.isTruncated()) {
            // It came over UDP, and TCP did not work: half of the records would be taken for all of them.
            refused(server, "half an answer, and none over TCP");
        } else {
            switch (chain.follow(response)) {
                case FOUND -> listener.accept(Answer.found(chain.places(), chain.ttl()));
                case ABSENT -> listener.accept(Answer.absent("no such record"));
                case LEADS_ON -> ask(server);
                case ENDLESS -> refused(server, "aliases without an end");
                case SENSELESS -> refused(server, "an answer that makes no sense");
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
