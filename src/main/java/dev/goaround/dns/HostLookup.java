package dev.goaround.dns;

import dev.goaround.membership.NameServer.Answer;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import dev.goaround.membership.NameServer.Result;
import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One look for the addresses of a host: its name as it is and in the domains of the search list, each asked for in both families at once. An answer
 * for one family waits only a moment for that of the other (RFC 8305 section 3), and one family is enough: some servers fail for addresses of IPv6
 * that they know nothing of (RFC 4074). Belongs to one event loop.
 */
final class HostLookup {

    /** How long the addresses of one family wait for those of the other (RFC 8305 section 3, Resolution Delay). */
    static final long RESOLUTION_DELAY_MILLIS = 50;

    /** Asks name servers; the answer comes on any thread. */
    interface Asker {
        void ask(Question question, Consumer<Answer> listener);
    }

    /** Learns what comes of it. */
    interface Listener {

        /** The host has these addresses, as far as is known by now; called again when there are more. */
        void found(List<InetAddress> addresses, Duration ttl);

        /**
         * Nothing was found.
         *
         * @param absent whether name servers say that there is nothing to find
         * @return addresses to go on with all the same, or null
         */
        @Nullable
        List<InetAddress> unknown(boolean absent);

        /** No answer is to come any more. */
        void over();
    }

    private final String name;
    private final Asker asker;
    private final EventLoop loop;
    private final Listener listener;
    private final Queue<String> candidates = new ArrayDeque<>();
    private final List<Promise<List<InetAddress>>> waiting = new ArrayList<>();
    private @Nullable Answer four;
    private @Nullable Answer six;
    private @Nullable Future<?> delay;
    private @Nullable List<InetAddress> addresses;
    private @Nullable UnknownHostException unknown;
    private boolean failed;
    private String detail = "";

    /** @param name in lower case; one that ends with a dot is complete */
    HostLookup(String name, List<String> search, int ndots, Asker asker, EventLoop loop, Listener listener) {
        this.name = name;
        this.asker = asker;
        this.loop = loop;
        this.listener = listener;
        boolean complete = name.endsWith(".");
        String plain = complete ? name.substring(0, name.length() - 1) : name;
        boolean first = complete || plain.chars().filter(c -> c == '.').count() >= ndots;
        if (first) {
            candidates.add(plain);
        }
        if (!complete) {
            search.forEach(domain -> candidates.add(domain.isEmpty() ? plain : plain + "." + domain));
        }
        if (!first) {
            candidates.add(plain);
        }
    }

    /** Tells the addresses, now or once they are known. */
    void tell(Promise<List<InetAddress>> promise) {
        List<InetAddress> found = addresses;
        UnknownHostException failure = unknown;
        if (found != null) {
            promise.trySuccess(found);
        } else if (failure != null) {
            promise.tryFailure(failure);
        } else {
            waiting.add(promise);
        }
    }

    /** Asks for the next form of the name. */
    void next() {
        String candidate = candidates.poll();
        if (candidate == null) {
            fail();
            return;
        }
        four = null;
        six = null;
        asker.ask(
                new Question(candidate, RecordType.A),
                answer -> onLoop(() -> {
                    four = answer;
                    answered();
                }));
        asker.ask(
                new Question(candidate, RecordType.AAAA),
                answer -> onLoop(() -> {
                    six = answer;
                    answered();
                }));
    }

    private void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    private void answered() {
        Answer ofFour = four;
        Answer ofSix = six;
        if (ofFour != null && ofSix != null) {
            cancelDelay();
            both(ofFour, ofSix);
        } else if (found(ofFour) || found(ofSix)) {
            delay = loop.schedule(this::tellFound, RESOLUTION_DELAY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void both(Answer ofFour, Answer ofSix) {
        if (found(ofFour) || found(ofSix)) {
            tellFound();
            listener.over();
            return;
        }
        detail = ofFour.detail();
        failed |= ofFour.result() == Result.FAILED || ofSix.result() == Result.FAILED;
        next();
    }

    private static boolean found(@Nullable Answer answer) {
        return answer != null && answer.result() == Result.FOUND;
    }

    /** The family that Java prefers comes first. */
    private void tellFound() {
        List<InetAddress> all = new ArrayList<>();
        Duration ttl = Duration.ofDays(1);
        boolean sixFirst = NetUtil.isIpV6AddressesPreferred();
        for (Answer answer : Arrays.asList(sixFirst ? six : four, sixFirst ? four : six)) {
            if (found(answer)) {
                answer.places().forEach(place -> {
                    InetAddress address = ResolvConf.address(place.host());
                    if (address != null) {
                        all.add(address);
                    }
                });
                ttl = answer.ttl().compareTo(ttl) < 0 ? answer.ttl() : ttl;
            }
        }
        List<InetAddress> now = List.copyOf(all);
        addresses = now;
        listener.found(now, ttl);
        waiting.forEach(promise -> promise.trySuccess(now));
        waiting.clear();
    }

    private void fail() {
        List<InetAddress> before = listener.unknown(!failed);
        UnknownHostException failure = new UnknownHostException(name + ": " + detail);
        addresses = before;
        unknown = failure;
        waiting.forEach(promise -> {
            if (before == null) {
                promise.tryFailure(failure);
            } else {
                promise.trySuccess(before);
            }
        });
        waiting.clear();
        listener.over();
    }

    private void cancelDelay() {
        if (delay != null) {
            delay.cancel(false);
            delay = null;
        }
    }
}
