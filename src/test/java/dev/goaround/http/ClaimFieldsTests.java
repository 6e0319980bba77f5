package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimFieldsTests {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Forwarded",
                "forwarded",
                "X-Forwarded-For",
                "X_Forwarded_For",
                "x-forwarded_for",
                "X.Forwarded.For",
                "X~Forwarded|For",
                "X-Forwarded",
                "X-Forwarded-",
                "X-Forwarded-Client-Cert",
                "X_FORWARDED_USER",
                "X-Forwarded-Groups",
                "X-Forwarded-Tls-Client-Cert-Info",
                "X-Real-IP",
                "X_Real_IP",
                "Client-Cert",
                "Client_Cert",
                "Client-Cert-Chain",
                "CLIENT_CERT-CHAIN",
                "True-Client-IP",
                "X-Original-URL",
                "X_Original_Url",
                "X-Original-Host",
                "X-Rewrite-URL",
                "X-Client-IP",
                "Client_IP",
                "X-Cluster-Client-IP",
                "CF-Connecting-IP",
                "CF-Connecting-IPv6",
                "Fastly-Client-IP",
                "X-Envoy-External-Address",
                "X-SSL-Client-Verify",
                "SSL_CLIENT_CERT",
                "SSL-Client-S-DN",
                "X-Client-Cert-Subject",
                "X-Client-Certificate",
                "X-Remote-User",
                "Remote-User",
                "REMOTE_USER",
                "Remote-Groups",
                "Front-End-Https",
                "front_end_https",
                "X-ARR-ClientCert",
                "X-ProxyUser-Ip",
                "X-Host",
                "Proxy",
                "X-Auth-Request-Email",
                "X-Sendfile-Type",
                "X_Accel_Mapping",
                "WL-Proxy-Client-IP",
                "$WSCC",
                "SM_USERDN",
                "GoAround-Attempts",
            })
    void knowsClaimsInAllTheirSpellings(String name) {
        assertThat(ClaimFields.WELL_KNOWN.contains(name)).isTrue();
        assertThat(ClaimFields.WELL_KNOWN.contains(AsciiString.of(name))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "X",
                "Via",
                "Host",
                "Origin",
                "Referer",
                "User-Agent",
                "X-Forwardedfor",
                "XForwardedFor",
                "X__Real_IP",
                "X-Real-IPs",
                "X-Requested-With",
                "X-Request-ID",
                "X-Client-Data",
                "X-Client-Version",
                "X-Auth-Token",
                "X-Auth-User",
                "X-API-Key",
                "X-HTTP-Method-Override",
                "Proxy-Authorization",
                "Content-Length",
                "CF-Ray",
                "CDN-Loop",
                "Traceparent",
                "Client",
                "Remote",
                "my_ordinary_field",
                "Sec-WebSocket-Key",
                "grpc-timeout",
            })
    void leavesOtherFieldsAlone(String name) {
        assertThat(ClaimFields.WELL_KNOWN.contains(name)).isFalse();
    }

    @Test
    void theDocumentNamesThemAll() throws IOException {
        String document = Files.readString(Path.of("docs/http.md"));

        assertThat(ClaimFields.KNOWN).allSatisfy(name -> assertThat(document).contains("`" + name + "`"));
    }

    @Test
    void takesMoreNamesAndBeginningsOfNames() {
        FieldNameSet claims = ClaimFields.and(List.of("X-Tenant", "My-Auth*", "Zz-*"));

        assertThat(List.of("x_tenant", "My-Auth", "my.authority", "zz-top", "X-Real-IP"))
                .allMatch(claims::contains);
        assertThat(List.of("X-Tenants", "My-Aut", "Zz", "Zzz-a")).noneMatch(claims::contains);
        assertThat(ClaimFields.WELL_KNOWN.contains("X-Tenant")).isFalse();
    }

    @Test
    void removesThemAndKeepsTheOrderOfTheRest() {
        HttpHeaders headers = new DefaultHttpHeaders()
                .add("B", "1")
                .add("X_Real_IP", "2")
                .add("my_field", "3")
                .add("x_real_ip", "4")
                .add("Proxy", "5")
                .add("b", "6");

        assertThat(ClaimFields.WELL_KNOWN.anyIn(headers)).isTrue();
        ClaimFields.WELL_KNOWN.removeFrom(headers);

        assertThat(ClaimFields.WELL_KNOWN.anyIn(headers)).isFalse();
        assertThat(headers.entries().toString()).isEqualTo("[B=1, my_field=3, b=6]");
    }

    @Test
    void trailersHaveNeitherClaimsNorWhatBelongsIntoTheHeader() {
        HttpHeaders trailers = new DefaultHttpHeaders()
                .add("X-Sum", "1")
                .add("X_Forwarded_For", "6.6.6.6")
                .add("Client_Cert", ":AA:")
                .add("Transfer_Encoding", "chunked")
                .add("Content-Type", "a/b")
                .add("Via", "1.1 evil")
                .add("X_Tenant", "evil")
                .add("grpc-status", "0");

        TrailerRules.apply(trailers, ClaimFields.and(List.of("X-Tenant")));

        assertThat(trailers.names()).containsExactlyInAnyOrder("X-Sum", "grpc-status");
    }
}
