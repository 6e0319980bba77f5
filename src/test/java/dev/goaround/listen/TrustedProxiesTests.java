package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.settings.Cidr;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose request it is, behind proxies at 127.0.0.0/8 and 10.0.0.0/8. */
class TrustedProxiesTests {

    private final TrustedProxies trusted =
            new TrustedProxies(List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("10.0.0.0/8")));
    private final Peer proxy = new Peer(InetAddress.getLoopbackAddress(), "127.0.0.1", 80, false, null);

    /** Field lines are separated by tildes. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "203.0.113.9:51234                       | 203.0.113.9",
                "203.0.113.9:51234, 10.0.0.1:443         | 203.0.113.9",
                "6.6.6.6, 203.0.113.9, 10.0.0.1:_x       | 203.0.113.9",
                "6.6.6.6, 203.0.113.9 ~ 10.0.0.1         | 203.0.113.9",
                "6.6.6.6 ~ 203.0.113.9                   | 203.0.113.9",
                "6.6.6.6 ~ ~ 203.0.113.9:1, ,            | 203.0.113.9",
                ",203.0.113.9,,10.0.0.1,                 | 203.0.113.9",
                "203.0.113.9, unknown                    | 203.0.113.9",
                "203.0.113.9, _hidden, unix:, 10.0.0.1   | 203.0.113.9",
                "6.6.6.6, [2001:DB8::1]:443, 10.0.0.1    | 2001:db8:0:0:0:0:0:1",
                "2001:db8:0::1                           | 2001:db8:0:0:0:0:0:1",
                "fe80::1%eth0                            | fe80:0:0:0:0:0:0:1",
                "::ffff:203.0.113.9, ::ffff:10.0.0.1     | 203.0.113.9",
                "10.0.0.2, 10.0.0.1                      | 10.0.0.2",
                "unknown, 10.0.0.1                       | 10.0.0.1",
                "garbage, 999.1.1.1, unknown             | 127.0.0.1",
                "','                                     | 127.0.0.1",
            })
    void theClientIsTheLastAddressThatIsNoProxyOfOurs(String lines, String client) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (String line : lines.split("~", -1)) {
            headers.add("X-Forwarded-For", line.strip());
        }

        assertThat(trusted.client(headers, proxy)).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "for=203.0.113.9                                  | 203.0.113.9",
                "for=\"203.0.113.9:51234\";proto=https            | 203.0.113.9",
                "for=6.6.6.6, for=\"[2001:db8::1]:1\", for=10.0.0.1 | 2001:db8:0:0:0:0:0:1",
                "for=_a, for=unknown                              | 127.0.0.1",
                "for=203.0.113.9, proto=https                     | 203.0.113.9",
                "for=203.0.113.9;for=6.6.6.6                      | 127.0.0.1",
            })
    void forwardedNamesItWhereThereIsNothingElse(String field, String client) {
        assertThat(trusted.client(new DefaultHttpHeaders().add("Forwarded", field), proxy))
                .isEqualTo(client);
        assertThat(trusted.client(
                        new DefaultHttpHeaders().add("Forwarded", field).add("X-Forwarded-For", "192.0.2.1"), proxy))
                .isEqualTo("192.0.2.1");
    }

    @Test
    void nobodyElseSaysWhoTheClientIs() throws Exception {
        Peer client = new Peer(InetAddress.getByName("192.0.2.7"), "192.0.2.7", 80, false, null);

        assertThat(trusted.client(new DefaultHttpHeaders().add("X-Forwarded-For", "203.0.113.9"), client))
                .isEqualTo("192.0.2.7");
    }
}
