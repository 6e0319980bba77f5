package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.Certificates;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
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
                    .atMost(Duration.ofSeconds(30))
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
