package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTests {

    private final ListenCounts counts = new ListenCounts();

    private final InetAddress one = address(1);
    private final InetAddress other = address(2);

    @Test
    void countsAllTogether() {
        ConnectionLimits limits = new ConnectionLimits(2, null, counts);

        assertThat(limits.take(one)).isTrue();
        assertThat(limits.take(other)).isTrue();
        assertThat(limits.take(one)).isFalse();
        limits.give(other);
        assertThat(limits.take(one)).isTrue();
        assertThat(limits.take(other)).isFalse();
    }

    @Test
    void countsEachAddress() {
        ConnectionLimits limits = new ConnectionLimits(null, 1, counts);

        assertThat(limits.take(one)).isTrue();
        assertThat(limits.take(one)).isFalse();
        assertThat(limits.take(other)).isTrue();
        limits.give(one);
        assertThat(limits.take(one)).isTrue();
    }

    @Test
    void aRefusalByAddressDoesNotCountAmongAll() {
        ConnectionLimits limits = new ConnectionLimits(2, 1, counts);

        assertThat(limits.take(one)).isTrue();
        assertThat(limits.take(one)).isFalse();
        assertThat(limits.take(other)).isTrue();
    }

    @Test
    void aClientMayBecomeKnownLater() {
        ConnectionLimits limits = new ConnectionLimits(3, 1, counts);

        assertThat(limits.take(null)).isTrue();
        assertThat(limits.take(null)).isTrue();
        assertThat(limits.takeFor(one)).isTrue();
        assertThat(limits.takeFor(one)).isFalse();
        assertThat(limits.open()).isEqualTo(2);
        limits.giveFor(one);
        limits.give(null);
        assertThat(limits.take(one)).isTrue();
        assertThat(limits.open()).isEqualTo(2);
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
