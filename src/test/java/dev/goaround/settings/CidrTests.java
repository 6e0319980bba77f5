package dev.goaround.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTests {

    @ParameterizedTest(name = "{0} has {1}: {2}")
    @CsvSource({
        "10.0.0.0/8,          10.255.1.2,        true",
        "10.0.0.0/8,          11.0.0.0,          false",
        "192.0.2.1,           192.0.2.1,         true",
        "192.0.2.1,           192.0.2.2,         false",
        "192.0.2.128/25,      192.0.2.200,       true",
        "192.0.2.128/25,      192.0.2.127,       false",
        "0.0.0.0/0,           203.0.113.9,       true",
        "0.0.0.0/0,           ::1,               false", // every IPv4 address, no IPv6 one
        "::/0,                2001:db8::1,       true",
        "::/0,                10.0.0.1,          false",
        "fd00::/8,            fdff:1::2,         true",
        "fd00::/8,            fe80::1,           false",
        "::1,                 ::1,               true",
        "2001:db8::/33,       2001:db8:7fff::1,  true",
        "2001:db8::/33,       2001:db8:8000::1,  false",
        "::ffff:10.0.0.0/104, 10.9.9.9,          true", // IPv4-mapped is IPv4
        "10.0.0.0/8,          ::ffff:10.1.2.3,   true",
    })
    void containsTheAddressesOfItsBlock(String block, String address, boolean contained) throws UnknownHostException {
        assertThat(Cidr.parse(block).contains(InetAddress.getByName(address))).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "localhost", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
                "010.0.0.1", "256.0.0.1", "10.0.0.0/8/8", " 10.0.0.1", "fd00::/129", ":::", "fe80::1%eth0", "[::1]",
                "1:2:3:4:5:6:7:8:9", "::ffff:10.0.0.0/95", "1", "example.org/8"
            })
    void refusesWhatIsNeitherAddressNorBlock(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cidr.parse(text))
                .withMessage(text + ": not an IP address or CIDR block");
    }

    @Test
    void namesTheBlockThatWasProbablyMeant() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cidr.parse("10.1.2.3/8"))
                .withMessage("10.1.2.3/8: has bits behind its prefix, did you mean 10.0.0.0/8?");
    }

    @Test
    void isAValue() {
        assertThat(Cidr.parse("::ffff:10.0.0.1"))
                .isEqualTo(Cidr.parse("10.0.0.1"))
                .hasToString("10.0.0.1/32");
        assertThat(Cidr.parse("10.0.0.0/8")).hasSameHashCodeAs(Cidr.parse("10.0.0.0/8"));
        assertThat(Cidr.parse("10.0.0.0/8")).isNotEqualTo(Cidr.parse("10.0.0.0/9"));
    }
}
