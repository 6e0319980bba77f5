package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.Certificates;
import dev.goaround.testing.RawClient;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import org.junit.jupiter.api.Test;

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
