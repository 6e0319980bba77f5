package dev.goaround.membership;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import reactor.core.publisher.Mono;

/** Whoever knows what names stand for in DNS. Names are in lower case, without a dot at their end. */
@FunctionalInterface
public interface NameServer {

    /** Asks; the answer comes on a thread that may wait for a lock. It never fails: that is an {@link Answer} as well. */
    Mono<Answer> ask(Question question);

    /** What is asked for. */
    enum RecordType {
        A,
        AAAA,
        SRV
    }

    /** What somebody wants to know. */
    record Question(String name, RecordType type) {

        /** Returns the same question for addresses of IPv4. */
        Question forIpv4() {
            return new Question(name, RecordType.A);
        }

        @Override
        public String toString() {
            return type + " of " + name;
        }
    }

    /** What came of a question. */
    enum Result {
        /** There are records. */
        FOUND,
        /** The name does not exist, or has no such record. */
        ABSENT,
        /** Nobody knows. */
        FAILED
    }

    /**
     * An answer.
     *
     * @param ttl how long it holds
     * @param detail why there are no records, in a few words: {@code NXDOMAIN}; empty if there are
     */
    record Answer(Result result, List<Place> places, Duration ttl, String detail) {

        public Answer {
            places = List.copyOf(places);
        }

        public static Answer found(List<Place> places, Duration ttl) {
            return new Answer(Result.FOUND, places, ttl, "");
        }

        public static Answer absent(String detail) {
            return new Answer(Result.ABSENT, List.of(), Duration.ZERO, detail);
        }

        public static Answer failed(String detail) {
            return new Answer(Result.FAILED, List.of(), Duration.ZERO, detail);
        }
    }

    /**
     * A record of an answer: an address, or where a service is (RFC 2782).
     *
     * @param host the address, or the name of the host as in a {@link Question}
     * @param port 0 for an address, as all that follow are
     * @param priority of those with the lowest first
     * @param weight the share of this host
     */
    record Place(String host, int port, int priority, int weight) implements Comparable<Place> {

        private static final Comparator<Place> ORDER = Comparator.comparingInt(Place::priority)
                .thenComparing(Place::host)
                .thenComparingInt(Place::port)
                .thenComparingInt(Place::weight);

        public static Place of(String address) {
            return new Place(address, 0, 0, 0);
        }

        /** An order that does not depend on that of the records, which name servers rotate: those that count first come first. */
        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }
}
