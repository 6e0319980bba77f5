package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.goaround.balance.Balancers;
import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.Membership;
import dev.goaround.observe.FailureLog;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.OperatorState;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.Pools;
import dev.goaround.testing.RawClient;
import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Changes of the pool over HTTP. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"management.server.port=0", "spring.jackson.property-naming-strategy=SNAKE_CASE"})
class ChangesHttpTests {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private static final String TOKEN = "correct-horse-battery-staple";

    private static final Caller HERE = new Caller(InetAddress.getLoopbackAddress(), false);

    /** Who the server is told that calls. */
    private static final AtomicReference<Caller> CALLER = new AtomicReference<>(HERE);

    @LocalManagementPort
    private int port;

    @Autowired
    private BackendPool pool;

    @Autowired
    private Membership membership;

    @BeforeEach
    void start() {
        CALLER.set(HERE);
        membership.change(dev.goaround.membership.Edit.replace(List.of()), "test");
        membership.update("configuration", List.of());
        membership.update("configuration", List.of(Pools.spec("http://a:1"), Pools.spec("http://b:1")));
        membership.change(
                dev.goaround.membership.Edit.replace(List.of(Pools.spec("http://a:1"), Pools.spec("http://b:1"))),
                "test");
        membership.started();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"http://c:1\" | c-1",
                "{\"url\": \"http://c:1/base\", \"weight\": 3, \"maxConnections\": 7, \"backup\": true, \"protocol\": \"h2c\"} | c-1-base",
                "[\"http://c:1\", {\"url\": \"HTTPS://d:2\", \"maxConnections\": \"adaptive\"}] | c-1 d-2",
            })
    void adds(String body, String ids) throws Exception {
        Response answer = send("POST", "", body);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.values("Content-Type")).containsExactly("application/json");
        assertThat(answer.values("Cache-Control")).containsExactly("no-store");
        assertThat(pool.snapshot().members())
                .extracting(member -> member.backend().id())
                .containsExactly(("a-1 b-1 " + ids).split(" "));
        List<String> changes = JsonPath.read(answer.body(), "$.changes");
        assertThat(changes).hasSize(ids.split(" ").length);
    }

    @Test
    void answersWithTheChangeItself() throws Exception {
        Response answer = send("POST", "", "\"http://c:1\"");
        long number = membership.changes().get(0).number();

        assertThat(answer.body())
                .isEqualTo(
                        "{\"number\":" + number
                                + ",\"at\":\"2026-11-22T12:00:00Z\",\"source\":\"operator\",\"by\":\"token\",\"changes\":[\"added c-1 (http://c:1)\"]}");
        assertThat(send("GET", "/changes", null).body()).startsWith("{\"changes\":[" + answer.body());
    }

    @Test
    void setsDrainsRemovesReplacesAndTakesBack() throws Exception {
        assertThat(send("POST", "/a-1", "{\"weight\": 3, \"maxConnections\": 5, \"state\": \"draining\"}")
                        .status())
                .isEqualTo(200);
        assertThat(pool.snapshot().members().get(0).state()).isEqualTo(OperatorState.DRAINING);
        assertThat(pool.snapshot().members().get(0).backend().spec()).isEqualTo(Pools.spec("http://a:1", 3, 5));
        long set = number();

        assertThat(send("DELETE", "/b-1", null).body()).contains("\"removed b-1 (http://b:1)\"");
        assertThat(pool.snapshot().members()).hasSize(1);
        assertThat(send("POST", "/changes/" + number() + "/undo", null).body()).contains("\"added b-1 (http://b:1)\"");
        assertThat(send("POST", "/changes/" + set + "/undo", null).body()).contains("weight of a-1: 3 -> 1");
        assertThat(pool.snapshot().members().get(0).ready()).isTrue();

        assertThat(send("PUT", "", "[\"http://b:1\", \"http://c:1\"]").status()).isEqualTo(200);
        assertThat(pool.snapshot().members())
                .extracting(member -> member.backend().id())
                .containsExactly("b-1", "c-1");
    }

    private long number() {
        return membership.changes().get(0).number();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "POST   | ?dry-run=true          | \"http://c:1\"        | added c-1 (http://c:1)",
                "PUT    | ?dry-run=true          | []                    | removed a-1 (http://a:1)",
                "PUT    | ?dry-run=true          | {\"backends\": [\"http://a:1\", \"http://b:1\", {\"url\": \"http://c:1\", \"weight\": 3, \"zone\": \"z\"}]} | added c-1 (http://c:1), weight 3, zone z",
                "POST   | /a-1?dry-run=true      | {\"weight\": 3}       | weight of a-1: 1 -> 3",
                "DELETE | /a-1?dry-run=true      |                       | removed a-1 (http://a:1)",
            })
    void saysWhatWouldChangeAndChangesNothing(String method, String path, @Nullable String body, String change)
            throws Exception {
        long before = membership.changes().size();
        Response answer = send(method, path, body);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).startsWith("{\"dryRun\":true,\"changes\":[\"" + change + "\"");
        assertThat(membership.changes()).hasSize((int) before);
        assertThat(pool.snapshot().members()).hasSize(2).allMatch(member -> member.ready());
    }

    @Test
    void saysWhatUndoingWouldChange() throws Exception {
        send("DELETE", "/b-1", null);
        assertThat(send("POST", "/changes/" + number() + "/undo?dry-run=true", null)
                        .body())
                .isEqualTo("{\"dryRun\":true,\"changes\":[\"added b-1 (http://b:1)\"]}");
        assertThat(pool.snapshot().members()).hasSize(1);
    }

    @ParameterizedTest(name = "{0} {1} {2}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "POST   |                        | http://c:1            | 400 | the body is not JSON",
                "POST   |                        | ''                    | 400 | the body is empty",
                "POST   |                        | \"http//c:1\"         | 400 | backends[0].url http//c:1: not a backend URL, did you mean http://c:1?",
                "POST   |                        | [\"http://c:1\", \"http://c:1/\"] | 400 | backends[1].url http://c:1/: duplicate backend, the same as http://c:1",
                "POST   |                        | {\"url\": \"http://c:1\", \"wieght\": 3} | 400 | backends[0].wieght: no such key, did you mean weight?",
                "POST   |                        | {\"url\": \"http://c:1\", \"weight\": \"x\"} | 400 | backends[0].weight x: expected a number",
                "POST   |                        | {\"url\": \"http://c:1\", \"weight\": 0} | 400 | backends[0].weight 0: expected 1 to 1000",
                "POST   |                        | {\"url\": \"http://c:1\", \"backup\": 1} | 400 | backends[0].backup 1: expected true or false",
                "POST   |                        | {\"url\": \"http://c:1\", \"protocol\": \"h3\"} | 400 | backends[0].protocol h3: expected auto, http1, h2, h2c",
                "POST   |                        | {\"weight\": 3}       | 400 | backends[0].url: a backend needs a URL, expected http://host:port",
                "POST   |                        | [3]                   | 400 | backends[0].url 3: expected a URL or an object with a url",
                "POST   |                        | \"http://u:p@c:1\"    | 400 | backends[0].url http://******@c:1: a backend URL must not carry a user or password",
                "POST   |                        | \"http://A:1/\"       | 409 | http://a:1/: is in the pool already",
                "POST   | /a-1                   | {}                    | 400 | expected an object with weight, maxConnections or state",
                "POST   | /a-1                   | {\"wait\": 3}         | 400 | wait: no such key",
                "POST   | /a-1                   | {\"weight\": 1001}    | 400 | weight 1001: expected 1 to 1000",
                "POST   | /a-1                   | {\"maxConnections\": 0} | 400 | maxConnections 0: expected 1 to 1000000 or adaptive",
                "POST   | /a-1                   | {\"state\": \"off\"}  | 400 | state off: expected ready, draining, disabled",
                "POST   | /a-1                   | {\"weight\": 2, \"weight\": 3} | 400 | the body is not JSON",
                "POST   | /nobody-1              | {\"weight\": 3}       | 404 | no backend of the pool has the id nobody-1",
                "DELETE | /nobody-1              |                       | 404 | no backend of the pool has the id nobody-1",
                "POST   | /changes/1000000/undo  |                       | 404 | there is no change 1000000, or it is not among the last 100",
                "POST   | /changes/x/undo        |                       | 404 | x is no number of a change",
                "POST   | ?dry-run=yes           | \"http://c:1\"        | 400 | dry-run: expected true or false",
                "POST   | ?dryrun=true           | \"http://c:1\"        | 400 | no such parameter: dryrun, did you mean dry-run?",
            })
    void refusesInASentence(String method, @Nullable String path, @Nullable String body, int status, String detail)
            throws Exception {
        Response answer = send(method, path == null ? "" : path, body);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.values("Content-Type")).containsExactly("application/problem+json");
        String told = JsonPath.read(answer.body(), "$.detail");
        assertThat(told).startsWith(detail);
        int code = JsonPath.read(answer.body(), "$.status");
        assertThat(code).isEqualTo(status);
        assertThat(pool.snapshot().members()).hasSize(2);
    }

    @Test
    void tellsEveryMistake() throws Exception {
        Response answer = send("PUT", "", "[\"ftp://c:1\", {\"url\": \"http://d:1\", \"weight\": 0}]");
        List<String> mistakes = JsonPath.read(answer.body(), "$.mistakes");
        assertThat(mistakes).hasSize(2);
        String detail = JsonPath.read(answer.body(), "$.detail");
        assertThat(detail).startsWith("2 mistakes, the first: backends[0].url ftp://c:1: ");
    }

    @Test
    void refusesWhatIsNotDeclaredAsJsonAndWhatIsTooLarge() throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.send("POST /actuator/goaround HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN
                    + "\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\n\"http://c:1\"");
            assertThat(client.read().status()).isEqualTo(415);
        }
        assertThat(send("POST", "", "\"" + "x".repeat(ChangeRequest.LARGEST_BODY) + "\"")
                        .status())
                .isEqualTo(413);
        assertThat(pool.snapshot().members()).hasSize(2);
    }

    @Test
    void undoesNothingThatWasOverruledOrCameFromElsewhere() throws Exception {
        send("POST", "/a-1", "{\"weight\": 3}");
        long first = number();
        send("POST", "/a-1", "{\"weight\": 4}");
        Response overruled = send("POST", "/changes/" + first + "/undo", null);
        assertThat(overruled.status()).isEqualTo(409);
        assertThat(overruled.body()).contains("has said something else of http://a:1 since");

        membership.update("configuration", List.of(Pools.spec("http://a:1")));
        assertThat(send("POST", "/changes/" + number() + "/undo", null).body())
                .contains("it came from configuration, which is to be changed itself");
    }

    /** Where from, with which header fields, and what becomes of a change and of reading; everybody needs the token. */
    @ParameterizedTest(name = "{0} {1}: {2}, {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "here      | Host: localhost                                               | 401 | 200",
                "here      | Host: localhost; Authorization: Bearer T                      | 200 | 200",
                "here      | Host: LOCALHOST:3001; Authorization: Bearer T                 | 200 | 200",
                "here      | Host: localhost.:3001; Authorization: Bearer T                | 200 | 200",
                "here      | Host: 127.0.0.1:3001; Authorization: Bearer T                 | 200 | 200",
                "here      | Host: [::1]:3001; Authorization: Bearer T                     | 200 | 200",
                "here      | Host: lb.internal:3001; Authorization: Bearer T               | 200 | 200",
                "here      | Host: lb.internal.; Authorization: Bearer T                   | 200 | 200",
                "here      | Host: evil.example                                            | 403 | 403",
                "here      | Host: localhost.evil.example; Authorization: Bearer T         | 403 | 403",
                "here      | Host: 127.0.0.1.evil.example; Authorization: Bearer T         | 403 | 403",
                "here      | Host: evil.example; Authorization: Bearer T                   | 403 | 403",
                "here      | Host: localhost; Host: localhost; Authorization: Bearer T     | 400 | 400",
                "here      | Host: localhost; Host: evil.example; Authorization: Bearer T  | 400 | 400",
                "here      | Host: u@localhost; Authorization: Bearer T                    | 400 | 400",
                "here      | Host: localhost:30x1; Authorization: Bearer T                 | 400 | 400",
                "here      | Host: localhost:3001; Origin: http://localhost:3001; Authorization: Bearer T | 200 | 200",
                "here      | Host: localhost:3001; Origin: http://localhost:8080; Authorization: Bearer T | 403 | 200",
                "here      | Host: localhost:3001; Origin: null; Authorization: Bearer T   | 403 | 200",
                "here      | Host: localhost; Origin: http://localhost; Origin: http://a; Authorization: Bearer T | 403 | 200",
                "here      | Host: localhost; Sec-Fetch-Site: same-origin; Authorization: Bearer T | 200 | 200",
                "here      | Host: localhost; Sec-Fetch-Site: none; Authorization: Bearer T | 200 | 200",
                "here      | Host: localhost; Sec-Fetch-Site: same-site; Authorization: Bearer T | 403 | 200",
                "here      | Host: localhost; Sec-Fetch-Site: cross-site; Authorization: Bearer T | 403 | 200",
                "here      | Host: localhost; Sec-Fetch-Site: none; Sec-Fetch-Site: cross-site; Authorization: Bearer T | 403 | 200",
                "here      | Host: localhost; Authorization: Bearer wrong                  | 401 | 200",
                "here      | Host: localhost; Authorization: Bearer T; Authorization: Bearer wrong | 401 | 200",
                "forwarded | Host: localhost                                               | 401 | 200",
                "forwarded | Host: localhost; Authorization: bearer T                      | 200 | 200",
                "elsewhere | Host: localhost                                               | 401 | 200",
                "elsewhere | Host: goaround:3001                                           | 401 | 200",
                "elsewhere | Host: goaround:3001; Authorization: Bearer T                  | 200 | 200",
                "elsewhere | Host: goaround:3001; Authorization: Basic T                   | 401 | 200",
                "elsewhere | Host: goaround:3001; Authorization: Bearer Tx                 | 401 | 200",
                "unknown   | Host: localhost                                               | 401 | 200",
            })
    void takesChangesFromThisMachineOrWithTheToken(String from, String fields, int write, int read) throws Exception {
        CALLER.set(
                switch (from) {
                    case "here" -> HERE;
                    case "forwarded" -> new Caller(HERE.address(), true);
                    case "elsewhere" -> new Caller(InetAddress.getByName("192.0.2.1"), false);
                    default -> new Caller(null, false);
                });
        String head = String.join("\r\n", fields.split("; ")).replaceAll("(?<=(?i:bearer|basic) )T", TOKEN);
        try (RawClient client = new RawClient(port)) {
            client.send(
                    "POST /actuator/goaround/a-1 HTTP/1.1\r\n" + head
                            + "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"weight\":2}");
            Response answer = client.read();
            assertThat(answer.status()).isEqualTo(write);
            assertThat(answer.values("WWW-Authenticate")).hasSize(write == 401 ? 1 : 0);
            assertThat(answer.body()).doesNotContain(TOKEN);
            if (write == 200) {
                assertThat(answer.body()).contains("\"by\":\"token\"");
            }
            assertThat(pool.snapshot().members().get(0).backend().spec().weight())
                    .isEqualTo(write == 200 ? 2 : 1);
        }
        for (String path : List.of("", "/a-1", "/changes", "/failures")) {
            try (RawClient client = new RawClient(port)) {
                client.send("GET /actuator/goaround" + path + " HTTP/1.1\r\n" + head + "\r\nConnection: close\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(read);
            }
        }
    }

    private Response send(String method, String path, @Nullable String body) throws IOException {
        try (RawClient client = new RawClient(port)) {
            String head = method + " /actuator/goaround" + path
                    + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + TOKEN + "\r\n";
            client.send(
                    body == null
                            ? head + "\r\n"
                            : head + "Content-Type: application/json;charset=UTF-8\r\nContent-Length: "
                                    + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
            return client.read();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(AdminConfiguration.class)
    static class Application {

        @Bean
        Clock clock() {
            return Clock.fixed(NOON, ZoneOffset.UTC);
        }

        @Bean
        BackendPool pool(Clock clock) {
            return new BackendPool(Balancers.named("least-requests").orElseThrow(), clock);
        }

        @Bean
        Membership membership(BackendPool pool, Clock clock) {
            return new Membership(pool, Pools.names(), clock);
        }

        @Bean
        StateFile stateFile(Clock clock) {
            return new StateFile(null, clock);
        }

        @Bean
        FailureLog failureLog() {
            return new FailureLog();
        }

        @Bean
        StatusSources statusSources() {
            return new StatusSources(
                    "1.2.3",
                    () -> "least-requests",
                    backend -> Optional.empty(),
                    backend -> Optional.empty(),
                    List::of,
                    ConfigurationView::none,
                    List::of);
        }

        @Bean
        ChangeSources changeSources() {
            return new ChangeSources(
                    new ManagementSettings(TOKEN, null, List.of("LB.internal"), null),
                    () -> new BackendDefaults(MaxConnections.valueOf(1024), Protocol.AUTO, false),
                    request -> Objects.requireNonNull(CALLER.get()));
        }
    }
}
