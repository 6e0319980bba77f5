package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.env.MockEnvironment;

class ServerUrlsTests {

    private final MockEnvironment environment = new MockEnvironment()
            .withProperty("local.server.port", "3000")
            .withProperty("local.management.port", "3001");

    @ParameterizedTest(name = "listening on \"{0}\": {1}")
    @CsvSource({
        "'',        http://localhost:3000",
        "0.0.0.0,   http://localhost:3000",
        "::,        http://localhost:3000",
        "127.0.0.1, http://127.0.0.1:3000",
        "::1,       http://[::1]:3000",
        "10.0.0.7,  http://10.0.0.7:3000",
    })
    void trafficUrlCanBePasted(String address, URI expected) {
        environment.setProperty("server.address", address);

        assertThat(ServerUrls.of(environment, false).traffic()).isEqualTo(expected);
    }

    @Test
    void tlsOnTheTrafficPortLeavesTheManagementPortAlone() {
        assertThat(ServerUrls.of(environment, true))
                .isEqualTo(new ServerUrls(
                        URI.create("https://localhost:3000"), URI.create("http://localhost:3001/actuator/goaround")));
    }

    @Test
    void managementPortHasItsOwnAddressTlsAndPaths() {
        environment.setProperty("management.server.address", "127.0.0.1");
        environment.setProperty("management.server.ssl.bundle", "management");
        environment.setProperty("management.server.base-path", "/admin");
        environment.setProperty("management.endpoints.web.base-path", "/ops");

        assertThat(ServerUrls.of(environment, false).status())
                .isEqualTo(URI.create("https://127.0.0.1:3001/admin/ops/goaround"));
    }

    @Test
    void onOnePortTheStatusIsReachedAsTheTrafficIs() {
        environment.setProperty("local.management.port", "3000");
        environment.setProperty("management.server.address", "127.0.0.1");

        assertThat(ServerUrls.of(environment, true).status())
                .isEqualTo(URI.create("https://localhost:3000/actuator/goaround"));
    }

    @Test
    void withoutAManagementPortThereIsNoStatusUrl() {
        MockEnvironment alone = new MockEnvironment().withProperty("local.server.port", "3000");

        assertThat(ServerUrls.of(alone, false).status()).isNull();
    }
}
