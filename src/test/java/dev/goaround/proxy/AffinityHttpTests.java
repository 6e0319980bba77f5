package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.balance.HashKey;
import dev.goaround.settings.Cidr;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
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
                all.add(first);
            }
            assertThat(all).containsExactlyInAnyOrder("one", "two");
        }
    }

    private static String answer(String name) {
        return "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + name;
    }
}
