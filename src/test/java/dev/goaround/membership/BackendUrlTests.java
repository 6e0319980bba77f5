package dev.goaround.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackendUrlTests {

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "http://localhost:9000,        http://localhost:9000",
        "HTTP://LocalHost:9000,        http://localhost:9000",
        "https://app-2.internal/Base/, https://app-2.internal/Base/",
        "http://[::1]:9000,            http://[::1]:9000",
        "http://[FD00::A]:9000,        http://[fd00::a]:9000",
        "http://10.0.0.1,              http://10.0.0.1",
        "http://app/a%20b,             http://app/a%20b",
        "http://my_app_1:9000, http://my_app_1:9000",
        "dns://App.internal:8080,           dns://app.internal:8080",
        "DNS+HTTPS://app.internal:8443,     dns+https://app.internal:8443",
        "dns://app/base,                    dns://app/base",
        "srv://_http._tcp.app.internal,     srv://_http._tcp.app.internal",
        "srv+https://_http._tcp.app.internal., srv+https://_http._tcp.app.internal.",
    })
    void acceptsHttpAndHttpsAndNames(String text, String uri) {
        BackendUrl url = BackendUrl.parse(text);
        assertThat(url.mistake()).isNull();
        assertThat(url.uri()).hasToString(uri);
    }

    @ParameterizedTest(name = "{0} means {1}")
    @CsvSource({
        "http//localhost:9001,   http://localhost:9001",
        "http:/localhost:9001,   http://localhost:9001",
        "http:localhost:9001,    http://localhost:9001",
        "http:///localhost:9001, http://localhost:9001",
        "http/://localhost:9001, http://localhost:9001",
        "htp://localhost:9001,   http://localhost:9001",
        "htpps://localhost:9001, https://localhost:9001",
        "httpx://localhost:9001, http://localhost:9001",
        "localhost:9001,         http://localhost:9001",
        "localhost,              http://localhost",
        "10.0.0.1:80/base,       http://10.0.0.1:80/base",
        "//localhost:9001,       http://localhost:9001",
        "dns//app:8080,          dns://app:8080",
        "dsn://app:8080,         dns://app:8080",
        "srv:9001,               http://srv:9001",
    })
    void suggestsWhatWasProbablyMeant(String text, String meant) {
        assertThat(BackendUrl.parse(text).mistake()).isEqualTo("not a backend URL, did you mean " + meant + "?");
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "ftp://localhost:9001   | not a backend URL, expected http://host:port or https://host:port",
                "unix:/run/app.sock     | not a backend URL, expected http://host:port or https://host:port",
                "http://a b             | not a backend URL, expected http://host:port or https://host:port",
                "http://a:b             | not a host and port, expected http://host:port or https://host:port",
                "http://                | not a backend URL, expected http://host:port or https://host:port",
                "dns://10.0.0.1:80      | expected a name to ask for, an address needs http:// or https://",
                "dns://[::1]:80         | expected a name to ask for, an address needs http:// or https://",
                "dns://a..b             | not a name that DNS could have",
                "srv://_http._tcp.a:80  | an SRV name has no port, its records have; expected srv://_service._tcp.name",
                "dns://app?x            | a backend URL must not carry a query",
                "dns+http://app         | not a backend URL, expected http://host:port or https://host:port",
                "http://:9000           | has no host, expected http://host:port or https://host:port",
                "http://user:pw@app     | a backend URL must not carry a user or password",
                "http://app?x=1         | a backend URL must not carry a query",
                "http://app#x           | a backend URL must not carry a fragment",
                "http://app:0           | port 0 does not exist, expected 1 to 65535",
                "http://app:65536       | port 65536 does not exist, expected 1 to 65535",
            })
    void saysWhatIsWrong(String text, String mistake) {
        assertThat(BackendUrl.parse(text).mistake()).isEqualTo(mistake);
    }
}
