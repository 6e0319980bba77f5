package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.listen.Peer;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;
import org.springframework.web.util.ForwardedHeaderUtils;

/** What backends conclude from either kind of fields, behind a proxy that is trusted. */
class RelayedClaimsTests {

    private final Peer proxy = new Peer(InetAddress.getLoopbackAddress(), "127.0.0.1", 3000, false, null);

    @Test
    void aProxyThatTerminatesTlsIsQuotedInForwarded() {
        assertThat(forwarded("X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https"))
                .isEqualTo("for=203.0.113.9;host=\"shop.example\";proto=https, "
                        + "for=127.0.0.1;host=\"shop.example\";proto=http");
    }

    @Test
    void everyHopIsQuotedInItsForm() {
        assertThat(forwarded(
                        "X-Forwarded-For: 203.0.113.9:51234, 2001:db8::1",
                        "X-Forwarded-For: unknown, _hidden,, 10.0.0.1",
                        "X-Forwarded-Proto: https, http",
                        "X-Forwarded-Host: www.shop.example",
                        "X-Forwarded-Port: 8443"))
                .isEqualTo("for=\"203.0.113.9:51234\";host=\"www.shop.example:8443\";proto=https, "
                        + "for=\"[2001:db8:0:0:0:0:0:1]\", for=unknown, for=_hidden, for=10.0.0.1, "
                        + "for=127.0.0.1;host=\"shop.example\";proto=http");
    }

    @Test
    void whatForwardedSaysIsToldInTheOthers() {
        DefaultHttpHeaders headers =
                told("Forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=\"a:8443\", for=unknown");

        assertThat(headers.getAll("X-Forwarded-For")).containsExactly("2001:db8:0:0:0:0:0:1, unknown, 127.0.0.1");
        assertThat(headers.getAll("X-Forwarded-Proto")).containsExactly("https");
        assertThat(headers.getAll("X-Forwarded-Host")).containsExactly("a:8443");
        assertThat(headers.getAll("X-Forwarded-Port")).containsExactly("8443");
        assertThat(headers.getAll("Forwarded"))
                .containsExactly("for=\"[2001:db8::1]:4711\";proto=https;host=\"a:8443\", for=unknown, "
                        + "for=127.0.0.1;host=\"shop.example\";proto=http");
    }

    @Test
    void thePortIsThatOfTheSchemeAndHostThatAreTold() {
        assertThat(told("X-Forwarded-Proto: https").get("X-Forwarded-Port")).isEqualTo("443");
        assertThat(told("X-Forwarded-Proto: wss", "X-Forwarded-Host: a").get("X-Forwarded-Port"))
                .isEqualTo("443");
        assertThat(told("X-Forwarded-Host: a:81").get("X-Forwarded-Port")).isEqualTo("81");
        assertThat(told("X-Forwarded-Proto: https", "X-Forwarded-Port: 8443").get("X-Forwarded-Port"))
                .isEqualTo("8443");
    }

    @Test
    void whereTheyDifferThoseWithAnXCount() {
        for (String contradiction : List.of(
                "Forwarded: for=6.6.6.6",
                "Forwarded: for=203.0.113.9, for=6.6.6.6",
                "Forwarded: for=203.0.113.9;proto=http",
                "Forwarded: for=203.0.113.9;proto=https;host=evil",
                "Forwarded: for=203.0.113.9;for=6.6.6.6",
                "Forwarded: garbage")) {
            assertThat(forwarded(
                            contradiction,
                            "X-Forwarded-For: 203.0.113.9",
                            "X-Forwarded-Proto: https",
                            "X-Forwarded-Host: a"))
                    .as(contradiction)
                    .isEqualTo(
                            "for=203.0.113.9;host=\"a\";proto=https, for=127.0.0.1;host=\"shop.example\";proto=http");
        }
    }

    @Test
    void thereIsNoneWhereItCanNotBeToldInThatForm() {
        for (String field : List.of(
                "X-Forwarded-For: garbage, 203.0.113.9",
                "X-Forwarded-For: unix:",
                "X-Forwarded-Proto: ht tp",
                "X-Forwarded-Host: a;proto=https",
                "X-Forwarded-Host: \"a\"")) {
            DefaultHttpHeaders headers = told(field);

            assertThat(headers.contains("Forwarded")).as(field).isFalse();
            assertThat(headers.toString()).contains(field.substring(field.indexOf(':') + 2));
        }
    }

    /** Fields are separated by tildes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "X-Forwarded-For: 203.0.113.9",
                "X-Forwarded-For: 203.0.113.9~X-Forwarded-Proto: https",
                "X-Forwarded-For: 203.0.113.9, 10.0.0.1~X-Forwarded-Proto: https,http~X-Forwarded-Host: a, b",
                "X-Forwarded-For: 203.0.113.9~X-Forwarded-Proto: https~X-Forwarded-Port: 8443",
                "X-Forwarded-For: 203.0.113.9~X-Forwarded-Host: a:8443~X-Forwarded-Proto: https~X-Forwarded-Port: 443",
                "X-Forwarded-For: 203.0.113.9~X-Forwarded-Ssl: on",
                "X-Forwarded-For: 203.0.113.9~Front-End-Https: On",
                "X-Forwarded-For: 203.0.113.9~X-Forwarded-Scheme: https",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: a",
                "X-Forwarded-Port: 8443~X-Forwarded-Proto: https",
                "X-Forwarded-For: ~X-Forwarded-Proto: ~X-Forwarded-Host: ~Forwarded: ",
                "X-Forwarded-For: , ,203.0.113.9",
                "X-Forwarded-For: 2001:db8::1~X-Forwarded-Proto: https",
                "X-Forwarded-For: 203.0.113.9~X-Forwarded-For: 10.0.0.1~X-Forwarded-Proto: https",
                "X-Forwarded-For: unknown~X-Forwarded-Proto: https",
                "X-Forwarded-For: garbage~X-Forwarded-Proto: https",
                "Forwarded: for=203.0.113.9",
                "Forwarded: for=203.0.113.9;proto=https;host=a",
                "Forwarded: for=203.0.113.9, for=10.0.0.1;proto=https;host=\"a:81\"",
                "Forwarded: for=203.0.113.9;proto=https~Forwarded: for=10.0.0.1",
                "Forwarded: proto=https",
                "Forwarded: proto=https~X-Forwarded-For: 203.0.113.9",
                "Forwarded: for=unknown;proto=https",
                "Forwarded: for=garbage;proto=https",
                "Forwarded: for=203.0.113.9;proto=\"ht tp\"",
                "Forwarded: for=6.6.6.6;proto=https~X-Forwarded-For: 203.0.113.9",
                "Forwarded: for=203.0.113.9;proto=http~X-Forwarded-For: 203.0.113.9~X-Forwarded-Proto: https",
                "Forwarded: for=203.0.113.9;host=a;proto=https~X-Forwarded-Port: 8443",
                "Forwarded: nothing of this kind~X-Forwarded-Proto: https",
            })
    void springConcludesTheSameFromEither(String fields) {
        DefaultHttpHeaders headers = told(fields.isEmpty() ? new String[0] : fields.split("~"));
        HttpHeaders both = springs(headers);
        HttpHeaders others = springs(headers);
        others.remove("Forwarded");
        URI received = URI.create("http://shop.example/a");

        assertThat(ForwardedHeaderUtils.adaptFromForwardedHeaders(received, both)
                        .toUriString())
                .isEqualTo(ForwardedHeaderUtils.adaptFromForwardedHeaders(received, others)
                        .toUriString());
        assertThat(client(received, both)).isEqualTo(client(received, others));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-For: 203.0.113.9~X-Forwarded-Proto: https~X-Forwarded-Host: www.example | https://www.example/a",
                "Forwarded: for=203.0.113.9;proto=https;host=www.example | https://www.example/a",
                "X-Forwarded-For: 203.0.113.9:51234~X-Forwarded-Proto: https~X-Forwarded-Port: 8443 | https://shop.example:8443/a",
            })
    void springFindsTheClientAndWhatItAskedFor(String fields, String url) {
        HttpHeaders headers = springs(told(fields.split("~")));
        URI received = URI.create("http://shop.example/a");

        assertThat(ForwardedHeaderUtils.adaptFromForwardedHeaders(received, headers)
                        .toUriString())
                .isEqualTo(url);
        assertThat(client(received, headers)).isEqualTo("203.0.113.9");
    }

    @Test
    void aHostCanNotPassForAnotherParameter() {
        DefaultHttpHeaders headers = new DefaultHttpHeaders();
        headers.set("Host", "a;proto=https");
        Forwarding.apply(
                headers,
                proxy,
                new dev.goaround.listen.TrustedProxies(List.of()),
                dev.goaround.http.ClaimFields.WELL_KNOWN);

        assertThat(headers.get("Forwarded")).isEqualTo("for=127.0.0.1;proto=http");
    }

    private static String client(URI received, HttpHeaders headers) {
        InetSocketAddress from = InetSocketAddress.createUnresolved("192.0.2.250", 1);
        String host = Objects.requireNonNull(ForwardedHeaderUtils.parseForwardedFor(received, headers, from))
                .getHostString();
        String bare = host.replaceAll("[\\[\\]]", "");
        return bare.contains(":") ? bare.replace("2001:db8::1", "2001:db8:0:0:0:0:0:1") : bare;
    }

    private String forwarded(String... fields) {
        return String.join(" ~ ", told(fields).getAll("Forwarded"));
    }

    private DefaultHttpHeaders told(String... fields) {
        DefaultHttpHeaders headers = new DefaultHttpHeaders();
        headers.set("Host", "shop.example");
        for (String field : fields) {
            int colon = field.indexOf(':');
            headers.add(field.substring(0, colon), field.substring(colon + 1).strip());
        }
        RelayedClaims.complete(headers, proxy);
        return headers;
    }

    private static HttpHeaders springs(DefaultHttpHeaders headers) {
        HttpHeaders copy = new HttpHeaders();
        headers.forEach(field -> copy.add(field.getKey(), field.getValue()));
        return copy;
    }
}
