package dev.goaround.membership;

import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Listing;
import dev.goaround.settings.Cidr;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A listed backend that is a name for any number of them: {@code dns://app.internal:8080} for each of the name's addresses,
 * {@code srv://_http._tcp.app.internal} for each host and port that offers the service (RFC 2782). With {@code +https} they
 * are spoken to over TLS, and verified by the name that is listed, since what a name server says proves nothing (RFC 9525
 * section 6.1). All that is listed with the name holds for each of them.
 *
 * @param entry what is listed
 */
record DnsName(BackendSpec entry) {

    private static final int HEAVIEST = 1000;
    private static final int LAST_PRIORITY = 100;
    private static final int LONGEST = 253;
    private static final Pattern NAMES = Pattern.compile("(dns|srv)(\\+https)?://");
    private static final Pattern NAME = Pattern.compile("([a-z0-9_-]{1,63}\\.)*[a-z0-9_-]{1,63}\\.?");

    /** The labels of a service and its protocol, in front of the domain that offers it. */
    private static final Pattern SERVICE = Pattern.compile("^_[^.]+\\._[^.]+\\.(?=.)");

    /** Whether what is listed is a name to ask for. */
    static boolean is(BackendSpec entry) {
        return isName(entry.uri());
    }

    /** Whether a backend is one only because of names that stand for it. */
    static boolean leadsTo(Listing listing) {
        return listing.sources().stream()
                .allMatch(source -> NAMES.matcher(source).lookingAt());
    }

    private static boolean isName(URI uri) {
        return uri.getScheme().startsWith("dns") || isService(uri);
    }

    private static boolean isService(URI uri) {
        return uri.getScheme().startsWith("srv");
    }

    /** What is wrong with a URL of this kind, in lower case; null if nothing is, or if it is of another. */
    static @Nullable String mistake(URI uri) {
        if (!isName(uri)) {
            return null;
        }
        String authority = uri.getRawAuthority();
        int colon = authority.lastIndexOf(':');
        boolean bracketed = authority.startsWith("[");
        String host = colon < 0 || bracketed ? authority : authority.substring(0, colon);
        if (bracketed || isAddress(host)) {
            return "expected a name to ask for, an address needs http:// or https://";
        }
        if (host.length() > LONGEST || !NAME.matcher(host).matches()) {
            return "not a name that DNS could have";
        }
        return isService(uri) && colon >= 0
                ? "an SRV name has no port, its records have; expected srv://_service._tcp.name"
                : null;
    }

    private static boolean isAddress(String host) {
        try {
            Cidr.parse(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** How the status calls it. */
    String url() {
        return entry.uri().toString();
    }

    private String name() {
        String host = entry.host();
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    private boolean service() {
        return isService(entry.uri());
    }

    /** What is to be asked, as far as the answers so far say. */
    Set<Question> questions(Function<Question, List<Place>> answers) {
        Set<Question> questions = new LinkedHashSet<>();
        if (!service()) {
            questions.addAll(addressesOf(name()));
            return questions;
        }
        Question hosts = new Question(name(), RecordType.SRV);
        questions.add(hosts);
        offers(answers, hosts).forEach(place -> questions.addAll(addressesOf(place.host())));
        return questions;
    }

    /** What a service is offered by: a host without a name says that it is not (RFC 2782). */
    private static Stream<Place> offers(Function<Question, List<Place>> answers, Question hosts) {
        return answers.apply(hosts).stream().filter(place -> !place.host().isEmpty() && place.port() > 0);
    }

    /** Whether this is what the listed name itself raises, and not what its hosts do. */
    boolean asks(Question question) {
        return question.name().equals(name()) && service() == (question.type() == RecordType.SRV);
    }

    private static List<Question> addressesOf(String host) {
        return List.of(new Question(host, RecordType.A), new Question(host, RecordType.AAAA));
    }

    /** The backends that it stands for by these answers, in an order that does not depend on that of the records. */
    List<BackendSpec> backends(Function<Question, List<Place>> answers) {
        Map<String, BackendSpec> specs = new LinkedHashMap<>();
        List<Place> hosts = hosts(answers);
        long heaviest = hosts.stream().mapToLong(this::weight).max().orElse(1);
        int rank = 0;
        int priority = hosts.isEmpty() ? 0 : hosts.get(0).priority();
        for (Place place : hosts) {
            rank += place.priority() > priority ? 1 : 0;
            priority = place.priority();
            int level = rank;
            addresses(place.host(), answers).forEach(address -> {
                BackendSpec spec = spec(address, place, level, heaviest);
                specs.putIfAbsent(spec.endpoint(), spec);
            });
        }
        return List.copyOf(specs.values());
    }

    /** The hosts that offer the service, those with the lowest priority first. */
    private List<Place> hosts(Function<Question, List<Place>> answers) {
        if (!service()) {
            return List.of(new Place(name(), entry.port(), 0, 1));
        }
        return offers(answers, new Question(name(), RecordType.SRV)).sorted().toList();
    }

    private static List<String> addresses(String host, Function<Question, List<Place>> answers) {
        return addressesOf(host).stream()
                .flatMap(question ->
                        answers.apply(question).stream().map(Place::host).sorted())
                .toList();
    }

    private long weight(Place place) {
        return (long) entry.weight() * Math.max(1, place.weight());
    }

    /**
     * Returns what one address stands for.
     *
     * @param rank of the host's priority, from 0. RFC 2782 wants a host of the lowest as long as one can be reached, so that all others
     *     are backups; among those, the next priority comes first
     * @param heaviest the greatest weight of any host, by which all are made smaller if it is more than a backend's may be
     */
    private BackendSpec spec(String address, Place place, int rank, long heaviest) {
        String scheme = entry.secure() ? "https" : "http";
        String host = address.indexOf(':') >= 0 ? "[" + address + "]" : address;
        return new BackendSpec(
                URI.create(
                        scheme + "://" + host + ":" + place.port() + entry.uri().getRawPath()),
                (int) Math.max(1, weight(place) * HEAVIEST / Math.max(HEAVIEST, heaviest)),
                entry.maxConnections(),
                entry.backup() || rank > 0,
                entry.protocol(),
                Math.min(LAST_PRIORITY, entry.priority() + rank),
                entry.zone(),
                service() ? SERVICE.matcher(name()).replaceFirst("") : name());
    }
}
