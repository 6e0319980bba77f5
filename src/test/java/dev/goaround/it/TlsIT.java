package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.HeldPort;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Patience;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsIT {

    @TempDir
    private Path folder;

    @Test
    void aNewCertificateIsServedToNewConnectionsWhileOpenOnesGoOn() throws Exception {
        Certificates before = Certificates.forName("localhost");
        Certificates after = Certificates.forName("localhost");
        Path chain = folder.resolve("chain.pem");
        Path key = folder.resolve("key.pem");
        before.writePem(chain, key);
        try (BackendProcess backend = BackendProcess.start("a");
                GoAround goAround = Launch.over(
                        List.of(backend),
                        "-cacert",
                        chain.toString(),
                        "-privkey",
                        key.toString(),
                        // Spring Boot waits this long for more changes; its default is 10 s.
                        "--spring.ssl.bundle.watch.file.quiet-period=500ms");
                SSLSocket kept = connect(goAround, "TLSv1.3");
                RawClient client = new RawClient(kept)) {
            assertThat(client.get("/").body()).isEqualTo("a GET / 0");
            assertThat(served(kept)).isEqualTo(before.certificate());
            assertThat(served(goAround, "TLSv1.2")).isEqualTo(before.certificate());

            after.writePem(chain, key);
            Awaitility.await("the new certificate")
                    .until(() -> served(goAround, "TLSv1.3").equals(after.certificate()));
            assertThat(served(goAround, "TLSv1.2")).isEqualTo(after.certificate());

            assertThat(client.get("/still").body()).isEqualTo("a GET /still 0");
            assertThat(served(kept)).isEqualTo(before.certificate());
            assertThat(goAround.manage("/actuator/health/readiness").status())
                    .as("the management port stays plain HTTP")
                    .isEqualTo(200);
            assertThat(goAround.err()).isEmpty();
        }
    }

    @Test
    void theNameThatAClientAsksForChoosesTheCertificate() throws Exception {
        Certificates first = Certificates.forName("localhost");
        Certificates second = Certificates.forName("second.example");
        write("first", first);
        write("second", second);
        try (BackendProcess backend = BackendProcess.start("a");
                GoAround goAround = Launch.over(
                        List.of(backend),
                        "-cacert",
                        file("first.pem"),
                        "-privkey",
                        file("first-key.pem"),
                        "--goaround.tls.certificates[0].certificate=" + file("second.pem"),
                        "--goaround.tls.certificates[0].private-key=" + file("second-key.pem"));
                SSLSocket toFirst = connect(goAround, "TLSv1.3");
                SSLSocket toSecond = connect(goAround, "TLSv1.3");
                SSLSocket toNobody = connect(goAround, "TLSv1.3")) {
            askFor("localhost", toFirst);
            askFor("second.example", toSecond);
            askFor("third.example", toNobody);

            assertThat(served(toFirst)).isEqualTo(first.certificate());
            assertThat(served(toSecond)).isEqualTo(second.certificate());
            assertThat(served(toNobody)).isEqualTo(first.certificate());
            assertThat(goAround.manage("/actuator/goaround").body())
                    .contains("\"certificates\":[{\"names\":[\"localhost\"],\"expiresAt\":\"", "[\"second.example\"]");
        }
    }

    private static void askFor(String name, SSLSocket socket) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
    }

    @Test
    void aClientsVerifiedCertificateReachesTheBackend() throws Exception {
        Certificates server = Certificates.forName("localhost");
        Certificates known = Certificates.forName("client");
        Certificates unknown = Certificates.forName("client");
        write("server", server);
        write("client", known);
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                GoAround goAround = Launch.of(
                                "-p",
                                "0",
                                "--management-port",
                                "0",
                                "-b",
                                backend.uri().toString(),
                                "-cacert",
                                file("server.pem"),
                                "-privkey",
                                file("server-key.pem"),
                                "--goaround.health.path=/probe",
                                "--goaround.tls.client-auth=optional",
                                "--goaround.tls.client-ca=" + file("client.pem"))
                        .start()) {
            String header =
                    ":" + Base64.getEncoder().encodeToString(known.certificate().getEncoded()) + ":";

            assertThat(http(known, server)
                            .send(get(goAround, "/with"), BodyHandlers.ofString())
                            .version())
                    .isEqualTo(HttpClient.Version.HTTP_2);
            http(null, server).send(get(goAround, "/without"), BodyHandlers.ofString());
            assertThatThrownBy(() -> http(unknown, server).send(get(goAround, "/unknown"), BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);

            assertThat(backend.heads())
                    .filteredOn(head -> head.startsWith("GET /with "))
                    .singleElement()
                    .asString()
                    .contains("\r\nClient-Cert: " + header + "\r\n", "\r\nVia: 2.0 goaround\r\n");
            assertThat(backend.heads())
                    .filteredOn(head -> head.startsWith("GET /without "))
                    .singleElement()
                    .asString()
                    .doesNotContain("lient-", "forged");
        }
    }

    @Test
    void plainRequestsAreRedirected() throws Exception {
        write("server", Certificates.forName("localhost"));
        try (HeldPort plain = HeldPort.take();
                BackendProcess backend = BackendProcess.start("a");
                GoAround goAround = Launch.over(
                        List.of(backend),
                        "-cacert",
                        file("server.pem"),
                        "-privkey",
                        file("server-key.pem"),
                        "--goaround.tls.redirect-port=" + plain.port());
                RawClient client = new RawClient(plain.port());
                RawClient other = new RawClient(plain.port())) {
            RawClient.Response redirect = client.get("/a%2Fb?c");
            assertThat(redirect.status()).isEqualTo(308);
            assertThat(redirect.values("Location"))
                    .containsExactly("https://test.example:" + goAround.port() + "/a%2Fb?c");
            assertThat(client.closedByServer()).isTrue();

            other.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
            assertThat(other.read().status()).isEqualTo(400);
        }
    }

    private void write(String name, Certificates certificates) {
        certificates.writePem(folder.resolve(name + ".pem"), folder.resolve(name + "-key.pem"));
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private static HttpClient http(@Nullable Certificates own, Certificates server) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own == null ? null : own.keys(), server.authority().getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static HttpRequest get(GoAround goAround, String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + goAround.port() + path))
                .header("Client-Cert", ":forged:")
                .timeout(Patience.AMPLE)
                .build();
    }

    /** The certificate that a new connection gets, which has to be good for a request as well. */
    private static Certificate served(GoAround goAround, String protocol) throws Exception {
        try (SSLSocket socket = connect(goAround, protocol);
                RawClient client = new RawClient(socket)) {
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
            return served(socket);
        }
    }

    private static Certificate served(SSLSocket socket) throws IOException {
        return socket.getSession().getPeerCertificates()[0];
    }

    private static SSLSocket connect(GoAround goAround, String protocol) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), goAround.port());
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    /** Which certificate is served is what the test asks, so any will do for the handshake. */
    private static final class TrustsEverybody implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
