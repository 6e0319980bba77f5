package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.BalanceSettings.Sticky;
import dev.goaround.balance.HashKey;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Health;
import dev.goaround.pool.Lease;
import dev.goaround.pool.Listing;
import dev.goaround.pool.Member;
import dev.goaround.pool.OperatorState;
import dev.goaround.pool.Outcome;
import dev.goaround.pool.PickContext;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that go where others like them went. */
class AffinityHttpTests {

    private final RawBackend one;
    private final RawBackend two;

    AffinityHttpTests() throws IOException {
        one = RawBackend.answering(answer("one"));
        two = RawBackend.answering(answer("two"));
    }

    @AfterEach
    void stop() throws Exception {
        one.close();
        two.close();
    }

    /** Twenty keys, of which two backends get some each; and requests of one key, that all go to the same. */
    @ParameterizedTest
    @CsvSource({
        "header:X-User,  /,       'x-user: %s'",
        "cookie:session, /,       'Cookie: other=1; session=%s; xsession=2'",
        "path,           /%s,     'X-User: a'",
        "path-query,     /a?b=%s, 'X-User: a'",
    })
    void sendsEqualKeysToTheSameBackend(String key, String target, String field) throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.hashKey = HashKey.valueOf(key);
        try (RunningProxy proxy = with.over(one.uri(), two.uri());
                RawClient client = new RawClient(proxy.port())) {
            Set<String> all = new HashSet<>();
            for (int i = 0; i < 20; i++) {
                String first =
                        client.get(target.formatted(i), field.formatted(i)).body();
                assertThat(client.get(target.formatted(i), field.formatted(i)).body())
                        .isEqualTo(first);
                all.add(first);
            }
            assertThat(all).containsExactlyInAnyOrder("one", "two");
        }
    }

    @Test
    void takesTheClientsAddressWhereTheRequestHasNoKey() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.hashKey = HashKey.valueOf("header:X-User");
        with.trusted = List.of(Cidr.parse("127.0.0.1"), Cidr.parse("10.0.0.0/8"));
        try (RunningProxy proxy = with.over(one.uri(), two.uri());
                RawClient client = new RawClient(proxy.port())) {
            Set<String> all = new HashSet<>();
            for (int i : IntStream.range(1, 20).toArray()) {
                String first = client.get("/", "X-Forwarded-For: 192.0.2." + i).body();
                // Whatever the client writes itself, and whichever proxies it came by.
                assertThat(client.get("/", "X-Forwarded-For: 198.51.100.1, 192.0.2." + i + ", 10.1.1.1")
                                .body())
                        .isEqualTo(first);
                // And by whichever of its ports.
                assertThat(client.get("/", "X-Forwarded-For: 192.0.2." + i + ":" + (50_000 + i) + ", 10.1.1.1:443")
                                .body())
                        .isEqualTo(first);
                all.add(first);
            }
            assertThat(all).containsExactlyInAnyOrder("one", "two");
        }
    }

    @Test
    void keepsAClientWithItsBackend() throws Exception {
        try (RunningProxy proxy = sticky(null);
                RawClient client = new RawClient(proxy.port())) {
            Response first = client.get("/");
            String set = first.values("Set-Cookie").get(0);
            assertThat(set).matches("sticky=[A-Za-z0-9_-]{22}; Path=/; HttpOnly; SameSite=Lax");

            for (int i = 0; i < 6; i++) {
                Response next = client.get("/", "Cookie: a=b; " + pair(set));
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.values("Set-Cookie")).isEmpty();
            }
        }
    }

    @Test
    void givesTheCookieALifetimeAndKeepsItToTlsIfTheClientSpeaksThat() throws Exception {
        try (RunningProxy proxy = sticky(Duration.ofHours(1));
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/", "X-Forwarded-Proto: https").values("Set-Cookie"))
                    .singleElement()
                    .asString()
                    .endsWith("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure");
        }
    }

    @Test
    void givesAnotherCookieWhenTheBackendIsIllAndKeepsToThatOne() throws Exception {
        try (RunningProxy proxy = sticky(null);
                RawClient client = new RawClient(proxy.port())) {
            Response first = client.get("/");
            String old = pair(first.values("Set-Cookie").get(0));
            proxy.pool().report(backend(proxy, first.body()), Health.DEGRADED, "test");

            Response second = client.get("/", "Cookie: " + old);
            assertThat(second.body()).isNotEqualTo(first.body());
            String renewed = pair(second.values("Set-Cookie").get(0));
            assertThat(renewed).isNotEqualTo(old);

            proxy.pool().report(backend(proxy, first.body()), Health.HEALTHY, "test");
            assertThat(client.get("/", "Cookie: " + renewed).body()).isEqualTo(second.body());
        }
    }

    @Test
    void givesAnotherCookieWhenTheAttemptFails() throws Exception {
        try (RunningProxy proxy = sticky(null);
                RawClient client = new RawClient(proxy.port())) {
            Response first = client.get("/");
            (first.body().equals("one") ? one : two).leave();

            Response second =
                    client.get("/", "Cookie: " + pair(first.values("Set-Cookie").get(0)));
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.body()).isNotEqualTo(first.body());
            assertThat(second.values("Set-Cookie")).hasSize(1);
        }
    }

    @Test
    void leavesADrainingBackendItsOwnClientsOnly() throws Exception {
        try (RunningProxy proxy = sticky(null);
                RawClient client = new RawClient(proxy.port())) {
            Response first = client.get("/");
            String own = pair(first.values("Set-Cookie").get(0));
            proxy.pool().report(backend(proxy, first.body()), Health.DRAINING, "test");

            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").body()).isNotEqualTo(first.body());
                Response next = client.get("/", "Cookie: " + own);
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.values("Set-Cookie")).isEmpty();
            }
            List<BackendSpec> left = proxy.pool().snapshot().members().stream()
                    .filter(Member::healthy)
                    .map(member -> member.backend().spec())
                    .toList();
            proxy.pool().replace(left);
            Response moved = client.get("/", "Cookie: " + own);
            assertThat(moved.body()).isNotEqualTo(first.body());
            assertThat(moved.values("Set-Cookie")).hasSize(1);
        }
    }

    @Test
    void leavesABackendThatAnOperatorDrainsItsOwnClientsOnlyAndADisabledOneNobody() throws Exception {
        try (RunningProxy proxy = sticky(null);
                RawClient client = new RawClient(proxy.port())) {
            Response first = client.get("/");
            String own = pair(first.values("Set-Cookie").get(0));
            Backend its = backend(proxy, first.body());
            say(proxy, its, OperatorState.DRAINING);

            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").body()).isNotEqualTo(first.body());
                Response next = client.get("/", "Cookie: " + own);
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.values("Set-Cookie")).isEmpty();
            }
            say(proxy, its, OperatorState.DISABLED);
            Response moved = client.get("/", "Cookie: " + own);
            assertThat(moved.body()).isNotEqualTo(first.body());
            assertThat(moved.values("Set-Cookie")).hasSize(1);
        }
    }

    private static void say(RunningProxy proxy, Backend about, OperatorState state) {
        proxy.pool()
                .update(proxy.pool().snapshot().members().stream()
                        .map(member -> new Listing(
                                member.backend().spec(),
                                member.sources(),
                                member.backend() == about ? state : OperatorState.READY))
                        .toList());
    }

    @Test
    void servesElsewhereWhileTheBackendIsFullAndLeavesTheCookie() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.sticky = Sticky.plain("sticky", null, null);
        with.maxConnections = 1;
        try (RunningProxy proxy = with.over(one.uri(), two.uri());
                RawClient client = new RawClient(proxy.port())) {
            Response first = client.get("/");
            String own = pair(first.values("Set-Cookie").get(0));
            Backend full = backend(proxy, first.body());
            Awaitility.await().until(() -> full.inFlight() == 0);
            Lease lease = Objects.requireNonNull(proxy.pool().lease(PickContext.FIRST.stuckTo(full)));

            Response elsewhere = client.get("/", "Cookie: " + own);
            assertThat(elsewhere.body()).isNotEqualTo(first.body());
            assertThat(elsewhere.values("Set-Cookie")).isEmpty();
            lease.end(new Outcome.Cancelled());
            assertThat(client.get("/", "Cookie: " + own).body()).isEqualTo(first.body());
        }
    }

    @Test
    void takesNoCookieThatItHasNotMade() throws Exception {
        try (RunningProxy proxy = sticky(null);
                RawClient client = new RawClient(proxy.port())) {
            String id = proxy.pool().snapshot().members().get(0).backend().id();
            for (String forged : List.of("", id, one.uri().toString(), "A".repeat(22))) {
                assertThat(client.get("/", "Cookie: sticky=" + forged).values("Set-Cookie"))
                        .hasSize(1);
            }
        }
    }

    @Test
    void knowsTheCookiesOfAnotherGoAroundWithTheSameSecretOnly() throws Exception {
        Sticky same = Sticky.plain("sticky", null, "correct horse battery");
        RunningProxy.Builder with = RunningProxy.with();
        with.sticky = same;
        try (RunningProxy proxy = with.over(one.uri(), two.uri());
                RunningProxy twin = with.over(one.uri(), two.uri());
                RunningProxy stranger = sticky(null);
                RawClient client = new RawClient(proxy.port());
                RawClient ofTwin = new RawClient(twin.port());
                RawClient ofStranger = new RawClient(stranger.port())) {
            String cookie =
                    "Cookie: " + pair(client.get("/").values("Set-Cookie").get(0));

            assertThat(ofTwin.get("/", cookie).values("Set-Cookie")).isEmpty();
            assertThat(ofStranger.get("/", cookie).values("Set-Cookie")).hasSize(1);
            assertThat(same.toString()).doesNotContain("horse");
        }
    }

    @Test
    void twoGoAroundsInARowKeepAClientWithOneCookie() throws Exception {
        try (RunningProxy left = sticky(null);
                RunningProxy right = sticky(null);
                RunningProxy front = outer(left, right);
                RawClient client = new RawClient(front.port())) {
            for (int fresh = 0; fresh < 4; fresh++) {
                Response first = client.get("/");
                assertThat(first.values("Set-Cookie")).hasSize(1);
                String set = first.values("Set-Cookie").get(0);
                assertThat(pair(set)).matches("sticky=[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{22}");
                for (int i = 0; i < 4; i++) {
                    Response next = client.get("/", "Cookie: " + pair(set));
                    assertThat(next.body()).isEqualTo(first.body());
                    assertThat(next.values("Set-Cookie")).isEmpty();
                }
            }
        }
    }

    private static RunningProxy outer(RunningProxy... inner) {
        RunningProxy.Builder with = RunningProxy.with();
        with.sticky = Sticky.plain("sticky", null, null);
        return with.over(Stream.of(inner)
                .map(proxy -> URI.create("http://127.0.0.1:" + proxy.port()))
                .toArray(URI[]::new));
    }

    private RunningProxy sticky(@Nullable Duration lifetime) {
        RunningProxy.Builder with = RunningProxy.with();
        with.sticky = Sticky.plain("sticky", lifetime, null);
        with.trusted = List.of(Cidr.parse("127.0.0.1"));
        return with.over(one.uri(), two.uri());
    }

    private Backend backend(RunningProxy proxy, String name) {
        URI uri = (name.equals("one") ? one : two).uri();
        return proxy.pool().snapshot().members().stream()
                .map(Member::backend)
                .filter(backend -> backend.spec().uri().equals(uri))
                .findFirst()
                .orElseThrow();
    }

    /** The name and value of a Set-Cookie field. */
    private static String pair(String set) {
        return set.substring(0, set.indexOf(';'));
    }

    private static String answer(String name) {
        return "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + name;
    }
}
