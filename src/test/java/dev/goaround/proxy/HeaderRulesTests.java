package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.http.FieldNameSet;
import dev.goaround.listen.Peer;
import dev.goaround.listen.TrustedProxies;
import dev.goaround.settings.Cidr;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeaderRulesTests {

    private static final TrustedProxies LOOPBACK = new TrustedProxies(List.of(Cidr.parse("127.0.0.0/8")));
    private static final TrustedProxies NOBODY = new TrustedProxies(List.of());

    private boolean via = true;

    private final Peer client = new Peer(InetAddress.getLoopbackAddress(), "127.0.0.1", 3000, false, null);

    @Test
    void dropsWhatAnybodyCanClaimInWhateverSpelling() {
        HttpHeaders sent = request(
                NOBODY,
                "X_Forwarded_For",
                "X_Real_IP",
                "Client_Cert",
                "X-Forwarded-User",
                "X-Original-URL",
                "Proxy",
                "my_field");

        assertThat(sent.names())
                .containsExactlyInAnyOrder(
                        "Host",
                        "my_field",
                        "X-Forwarded-For",
                        "X-Forwarded-Proto",
                        "X-Forwarded-Host",
                        "X-Forwarded-Port",
                        "Forwarded",
                        "Via");
        assertThat(sent.getAll("X-Forwarded-For")).containsExactly("127.0.0.1");
    }

    @Test
    void keepsWhatATrustedProxyClaims() {
        HttpHeaders sent =
                request(LOOPBACK, "X_Real_IP", "Client-Cert", "X-Forwarded-User", "True-Client-IP", "X-Tenant");

        assertThat(sent.names()).contains("X_Real_IP", "Client-Cert", "X-Forwarded-User", "True-Client-IP", "X-Tenant");
    }

    @Test
    void connectionTakesNoWordOfATrustedProxyAway() {
        HttpHeaders sent = request(
                LOOPBACK,
                "Connection=Client-Cert, x_real_ip,X-Forwarded-User, Forwarded ,Via, X-Tenant, Host, X-Hop",
                "Client-Cert",
                "X_Real_IP",
                "X-Forwarded-User",
                "Via",
                "X-Tenant",
                "X-Hop");

        assertThat(sent.names())
                .contains("Client-Cert", "X_Real_IP", "X-Forwarded-User", "Via", "X-Tenant", "Host")
                .doesNotContain("X-Hop", "Connection");
    }

    @Test
    void connectionInAResponseTakesAwayAllButItsFraming() {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers()
                .set("Connection", "Set-Cookie, X-Real-IP, Content-Length, Content_Length")
                .set("Set-Cookie", "a=b")
                .set("X-Real-IP", "1")
                .set("Content-Length", "2")
                .set("X-Forwarded-For", "3");

        new HeaderRules(() -> NOBODY, HeaderRulesTests::claims, () -> true).response(response);

        assertThat(response.headers().names()).containsExactlyInAnyOrder("Content-Length", "X-Forwarded-For");
    }

    @Test
    void framingHasOneSpelling() {
        for (TrustedProxies trusted : List.of(NOBODY, LOOPBACK)) {
            HttpHeaders sent = request(
                    trusted,
                    "Content-Length",
                    "Content_Length",
                    "Transfer_Encoding",
                    "transfer.encoding",
                    "Content_Type");

            assertThat(sent.names())
                    .contains("Content-Length", "Content_Type")
                    .doesNotContain("Content_Length", "Transfer_Encoding", "transfer.encoding");
        }
    }

    @Test
    void viaIsLeftOutWhereItIsNotWanted() {
        assertThat(request(NOBODY, "Via=1.0 other").getAll("Via")).containsExactly("1.0 other", "1.1 goaround");
        via = false;
        assertThat(request(NOBODY, "Via=1.0 other").getAll("Via")).containsExactly("1.0 other");
        assertThat(request(NOBODY).contains("Via")).isFalse();
    }

    private HttpHeaders request(TrustedProxies trusted, String... fields) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        request.headers().set("Host", "a");
        for (String field : fields) {
            int equals = field.indexOf('=');
            request.headers()
                    .add(
                            equals < 0 ? field : field.substring(0, equals),
                            equals < 0 ? "6" : field.substring(equals + 1));
        }
        new HeaderRules(() -> trusted, HeaderRulesTests::claims, () -> via).request(request, "1.1", client);
        return request.headers();
    }

    private static FieldNameSet claims() {
        return new ForwardingSettings(List.of(), true, null, List.of("X-Tenant"), true).claims();
    }
}
