package dev.goaround.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class StreamSlotsTests {

    private final StreamSlots slots = new StreamSlots();

    @Test
    void noAddressTakesTheSlotsOfOthers() throws UnknownHostException {
        InetAddress hostile = InetAddress.getByName("192.0.2.1");
        for (int i = 0; i < 64; i++) {
            assertThat(slots.take(hostile)).isEqualTo(i < StreamSlots.MAX_VIEWERS_PER_ADDRESS);
        }
        assertThat(slots.full(hostile)).isTrue();
        assertThat(slots.take(InetAddress.getByName("192.0.2.2"))).isTrue();
        assertThat(slots.take(null)).isTrue();
        slots.give(hostile);
        assertThat(slots.take(hostile)).isTrue();
        assertThat(slots.take(hostile)).isFalse();
    }

    @Test
    void aNetworkOfIpv6IsOneAddress() throws UnknownHostException {
        for (int i = 0; i < StreamSlots.MAX_VIEWERS_PER_ADDRESS; i++) {
            assertThat(slots.take(InetAddress.getByName("2001:db8::" + i))).isTrue();
        }
        assertThat(slots.take(InetAddress.getByName("2001:db8::ffff:0:1"))).isFalse();
        assertThat(slots.take(InetAddress.getByName("2001:db8:0:1::1"))).isTrue();
    }

    @Test
    void allTogetherAreBounded() throws UnknownHostException {
        for (int i = 0; i < StreamSlots.MAX_VIEWERS; i++) {
            assertThat(slots.take(InetAddress.getByName("192.0.2." + i / 2))).isTrue();
        }
        InetAddress another = InetAddress.getByName("192.0.2.200");
        assertThat(slots.take(another)).isFalse();
        slots.give(InetAddress.getByName("192.0.2.0"));
        assertThat(slots.take(another)).isTrue();
    }
}
