package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.upstream.ProxyProtocol.Ends;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyProtocolTests {

    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1,   198.51.100.2, PROXY TCP4 192.0.2.1 198.51.100.2 65535 443",
        "2001:db8::1, 2001:db8::2,  PROXY TCP6 2001:db8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:2 65535 443",
        "2001:db8::1, 198.51.100.2, PROXY TCP6 2001:db8:0:0:0:0:0:1 ::ffff:198.51.100.2 65535 443",
    })
    void version1IsALine(String client, String reached, String line) throws UnknownHostException {
        assertThat(new String(ProxyProtocol.V1.header(ends(client, reached)), StandardCharsets.US_ASCII))
                .isEqualTo(line + "\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1,   198.51.100.2, 2111000cc0000201c6336402ffff01bb",
        "2001:db8::1, 2001:db8::2,"
                + "21210024 20010db8000000000000000000000001 20010db8000000000000000000000002 ffff01bb",
        "192.0.2.1,   2001:db8::2,"
                + "21210024 00000000000000000000ffffc0000201 20010db8000000000000000000000002 ffff01bb",
    })
    void version2IsBinary(String client, String reached, String bytes) throws UnknownHostException {
        assertThat(HexFormat.of().formatHex(ProxyProtocol.V2.header(ends(client, reached))))
                .isEqualTo(SIGNATURE + bytes.replace(" ", ""));
    }

    @Test
    void aConnectionOfItsOwnNamesNobody() {
        assertThat(new String(ProxyProtocol.V1.header(null), StandardCharsets.US_ASCII))
                .isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(HexFormat.of().formatHex(ProxyProtocol.V2.header(null))).isEqualTo(SIGNATURE + "20000000");
    }

    private static Ends ends(String client, String reached) throws UnknownHostException {
        return new Ends(
                new InetSocketAddress(InetAddress.getByName(client), 65_535),
                new InetSocketAddress(InetAddress.getByName(reached), 443));
    }
}
