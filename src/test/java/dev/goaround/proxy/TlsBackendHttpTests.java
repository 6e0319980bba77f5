package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.Protocol;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import dev.goaround.upstream.UpstreamSettings;
import dev.goaround.upstream.UpstreamTls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Handshake;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** Backends behind TLS are verified, name included. */
class TlsBackendHttpTests {

    private static final Certificates KNOWN = Certificates.forName("localhost");

    @Test
    void forwardsToABackendWhoseCertificateIsKnown() throws Exception {
        assertThat(statusFrom(KNOWN, KNOWN)).isEqualTo(200);
    }

    @Test
    void refusesABackendWhoseCertificateIsUnknown() throws Exception {
        assertThat(statusFrom(Certificates.forName("localhost"), KNOWN)).isEqualTo(503);
    }

    @Test
    void refusesABackendWhoseCertificateIsForAnotherName() throws Exception {
        Certificates other = Certificates.forName("other.example");
        assertThat(statusFrom(other, other)).isEqualTo(503);
    }

    @Test
    void aBackendIsVerifiedAndCalledByTheNameThatItsAddressWasFoundBy() throws Exception {
        Certificates named = Certificates.forName("app.internal");
        try (MockWebServer backend = new MockWebServer()) {
            backend.useHttps(named.server().getSocketFactory());
            backend.enqueue(new MockResponse.Builder().body("ok").build());
            backend.start();
            RunningProxy.Builder with = RunningProxy.with();
            with.tls = SslContextBuilder.forClient()
                    .trustManager(named.authority())
                    .build();
            with.name = "app.internal";
            with.preserveHost = false;
            try (RunningProxy proxy = with.over(URI.create("https://127.0.0.1:" + backend.getPort()));
                    RawClient client = new RawClient(proxy.port())) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            RecordedRequest request = taken(backend);
            assertThat(request.getHandshakeServerNames()).containsExactly("app.internal");
            assertThat(request.getHeaders().get("Host")).isEqualTo("app.internal:" + backend.getPort());
        }
    }

    @Test
    void showsItsOwnCertificateAndAsksForTheNameThatItIsTold(@TempDir Path folder) throws Exception {
        Certificates backends = Certificates.forName("backend.example");
        Certificates own = Certificates.forName("goaround");
        backends.writePem(folder.resolve("ca.pem"), folder.resolve("unused.pem"));
        own.writePem(folder.resolve("own.pem"), folder.resolve("own-key.pem"));
        UpstreamTls tls = new UpstreamTls(settings(folder));
        SSLContext server = SSLContext.getInstance("TLS");
        server.init(backends.keys(), own.authority().getTrustManagers(), null);
        try (MockWebServer backend = new MockWebServer()) {
            backend.useHttps(server.getSocketFactory());
            backend.requireClientAuth();
            backend.enqueue(new MockResponse.Builder().body("ok").build());
            backend.enqueue(new MockResponse.Builder().body("ok").build());
            backend.start();
            RunningProxy.Builder with = RunningProxy.with();
            with.tls = tls.context(Protocol.AUTO);
            with.serverName = "backend.example";
            try (RunningProxy proxy = with.over(URI.create("https://localhost:" + backend.getPort()));
                    RawClient client = new RawClient(proxy.port())) {
                assertThat(client.get("/").status()).isEqualTo(200);
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            RecordedRequest request =
                    Objects.requireNonNull(backend.takeRequest(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS));
            assertThat(request.getHandshakeServerNames()).containsExactly("backend.example");
            assertThat(request.getRequestLine()).as("agreed on by ALPN").isEqualTo("GET / HTTP/2");
            Handshake handshake = Objects.requireNonNull(request.getHandshake());
            assertThat(handshake.peerCertificates()).containsExactly(own.certificate());
        }
    }

    @Test
    void aBackendThatComesBackWithoutHttp2IsSpokenToWithoutIt() throws Exception {
        Certificates backends = Certificates.forName("localhost");
        try (MockWebServer backend = new MockWebServer()) {
            backend.useHttps(backends.server().getSocketFactory());
            backend.enqueue(new MockResponse.Builder()
                    .body("ok")
                    .onResponseEnd(SocketEffect.ShutdownConnection.INSTANCE)
                    .build());
            backend.enqueue(new MockResponse.Builder().body("ok").build());
            backend.enqueue(new MockResponse.Builder().body("ok").build());
            backend.start();
            RunningProxy.Builder with = RunningProxy.with();
            with.loops = 1;
            with.tls = SslContextBuilder.forClient()
                    .trustManager(backends.authority())
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            "h2",
                            "http/1.1"))
                    .build();
            try (RunningProxy proxy = with.over(URI.create("https://localhost:" + backend.getPort()));
                    RawClient client = new RawClient(proxy.port())) {
                assertThat(client.get("/").status()).isEqualTo(200);
                await().until(() ->
                        StalledHttpTests.backend(proxy).openConnections().get() == 0);
                backend.setProtocols(List.of(okhttp3.Protocol.HTTP_1_1));
                assertThat(client.get("/").status()).isEqualTo(200);
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            assertThat(taken(backend).getVersion()).isEqualTo("HTTP/2");
            RecordedRequest second = taken(backend);
            RecordedRequest third = taken(backend);
            assertThat(third.getVersion()).isEqualTo("HTTP/1.1");
            assertThat(third.getConnectionIndex()).as("kept").isEqualTo(second.getConnectionIndex());
        }
    }

    @Test
    void aResponseThatOnlyTheEndOfAConnectionDelimitsIsWholeOnlyIfTlsSaysSo() throws Exception {
        RunningProxy.Builder with = RunningProxy.with();
        with.tls = SslContextBuilder.forClient().trustManager(KNOWN.authority()).build();
        with.serverName = "localhost";
        with.served = List.of(KNOWN);
        RunningProxy.Builder plain = RunningProxy.with();
        plain.tls = with.tls;
        plain.serverName = with.serverName;
        try (RawBackend backend = RawBackend.secure(KNOWN.server(), "http/1.1", connection -> {
                    boolean whole = connection.readHead().contains("/whole");
                    connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
                    if (!whole) {
                        connection.cut();
                    }
                });
                RunningProxy proxy = plain.over(backend.uri());
                RunningProxy secured = with.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            assertThat(client.get("/whole").body()).isEqualTo("hello");
            assertThat(StalledHttpTests.backend(proxy).failures()).isZero();
            assertThat(client.get("/cut").body()).isEqualTo("hello<cut>");
            await().until(() -> StalledHttpTests.backend(proxy).failures() == 1);

            for (int port : new int[] {proxy.port(), secured.port()}) {
                assertThat(ofHttp10("/whole", port, port == secured.port())).endsWith("\r\n\r\nhello");
                assertThatThrownBy(() -> ofHttp10("/cut", port, port == secured.port()))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    /** Returns a response that only the end of the connection delimits for the client as well. */
    private static String ofHttp10(String path, int port, boolean secure) throws Exception {
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, KNOWN.authority().getTrustManagers(), null);
        try (RawClient client = secure
                ? new RawClient(trusting.getSocketFactory().createSocket("localhost", port))
                : new RawClient(port)) {
            client.send("GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n");
            return new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static RecordedRequest taken(MockWebServer backend) throws InterruptedException {
        return Objects.requireNonNull(backend.takeRequest(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void filesThatChangeAreReadAgainAndBadOnesAreNot(@TempDir Path folder) throws Exception {
        Certificates first = Certificates.forName("goaround");
        first.writePem(folder.resolve("ca.pem"), folder.resolve("unused.pem"));
        first.writePem(folder.resolve("own.pem"), folder.resolve("own-key.pem"));
        UpstreamTls tls = new UpstreamTls(settings(folder));
        SslContext before = tls.context(Protocol.AUTO);
        tls.reload();
        assertThat(tls.context(Protocol.AUTO)).isSameAs(before);

        Files.writeString(folder.resolve("own.pem"), "not a certificate");
        tls.reload();
        assertThat(tls.context(Protocol.AUTO)).isSameAs(before);

        Certificates.forName("goaround").writePem(folder.resolve("own.pem"), folder.resolve("own-key.pem"));
        tls.reload();
        assertThat(tls.context(Protocol.AUTO)).isNotSameAs(before);
    }

    @Test
    void aChangedPairThatDoesNotFitTogetherIsNotTaken(@TempDir Path folder) throws Exception {
        Certificates first = Certificates.forName("goaround");
        first.writePem(folder.resolve("ca.pem"), folder.resolve("unused.pem"));
        first.writePem(folder.resolve("own.pem"), folder.resolve("own-key.pem"));
        UpstreamTls tls = new UpstreamTls(settings(folder));
        SslContext before = tls.context(Protocol.AUTO);

        Certificates second = Certificates.forName("goaround-2");
        second.writePem(folder.resolve("own.pem"), folder.resolve("next-key.pem"));
        tls.reload();
        assertThat(tls.context(Protocol.AUTO)).isSameAs(before);

        Files.move(folder.resolve("next-key.pem"), folder.resolve("own-key.pem"), StandardCopyOption.REPLACE_EXISTING);
        tls.reload();
        assertThat(tls.context(Protocol.AUTO)).isNotSameAs(before);
    }

    private static UpstreamSettings settings(Path folder) {
        return new UpstreamSettings(
                MaxConnections.valueOf(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                null,
                null,
                null,
                Duration.ofSeconds(60),
                DataSize.ofKilobytes(64),
                Protocol.AUTO,
                null,
                folder.resolve("ca.pem"),
                folder.resolve("own.pem"),
                folder.resolve("own-key.pem"),
                "backend.example",
                "1.3",
                true,
                false);
    }

    private static int statusFrom(Certificates backends, Certificates trusted) throws Exception {
        try (MockWebServer backend = new MockWebServer()) {
            backend.useHttps(backends.server().getSocketFactory());
            backend.enqueue(new MockResponse.Builder().body("ok").build());
            backend.start();
            RunningProxy.Builder with = RunningProxy.with();
            with.tls = SslContextBuilder.forClient()
                    .trustManager(trusted.authority())
                    .build();
            try (RunningProxy proxy = with.over(URI.create("https://localhost:" + backend.getPort()));
                    RawClient client = new RawClient(proxy.port())) {
                return client.get("/").status();
            }
        }
    }
}
