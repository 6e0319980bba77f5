package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code Forwarded} as RFC 7239 section 4 has it, and as proxies write it. */
class ForwardedElementTests {

    @Test
    void readsWhatEachProxyHasSaid() {
        assertThat(ForwardedElement.list(
                        "For=\"[2001:db8:cafe::17]:4711\" ; Proto=https;by=_gw, , for=192.0.2.43;host=\"a\\\"b,c\";,"))
                .containsExactly(
                        new ForwardedElement(
                                "For=\"[2001:db8:cafe::17]:4711\" ; Proto=https;by=_gw",
                                "[2001:db8:cafe::17]:4711",
                                null,
                                "https"),
                        new ForwardedElement("for=192.0.2.43;host=\"a\\\"b,c\";", "192.0.2.43", "a\"b,c", null));
    }

    @Test
    void readsAddressesAndPortsWithoutQuotesAsWell() {
        assertThat(ForwardedElement.list("for=[2001:db8::1]:80;host=a:8080"))
                .containsExactly(
                        new ForwardedElement("for=[2001:db8::1]:80;host=a:8080", "[2001:db8::1]:80", "a:8080", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for",
                "for=",
                "for=a b",
                "for =a",
                "for=\"a",
                "for=\"a\\",
                "for=\"a\"b",
                "for=a;for=b",
                "for=a;proto=http;PROTO=https",
                "for=a;host=b;host=c",
                "=a",
                "\"for\"=a",
                "garbage, for=a"
            })
    void whatServersWouldReadDifferentlyIsMalformed(String field) {
        assertThat(ForwardedElement.list(field)).isNull();
    }

    @Test
    void anEmptyFieldHasNone() {
        assertThat(ForwardedElement.list("")).isEmpty();
        assertThat(ForwardedElement.list(" , ,")).isEmpty();
    }
}
