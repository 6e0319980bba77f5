package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.LoopbackNames;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackendAddressesTests {

    @ParameterizedTest(name = "{0}, latest {1}: {2}")
    @CsvSource({
        "127.0.0.1 127.0.0.2 ::1 ::2, '',        127.0.0.1 ::1 127.0.0.2 ::2",
        "::1 ::2 127.0.0.1,           '',        ::1 127.0.0.1 ::2",
        "127.0.0.1 127.0.0.2 ::1,     127.0.0.2, 127.0.0.2 ::1 127.0.0.1",
        "127.0.0.1 127.0.0.2 ::1 ::2, ::2,       ::2 127.0.0.1 ::1 127.0.0.2",
        "127.0.0.1 127.0.0.2,         '',        127.0.0.1 127.0.0.2",
        "127.0.0.1 127.0.0.2,         127.0.0.9, 127.0.0.1 127.0.0.2",
        "::1,                         '',        ::1"
    })
    void takeTurnsOfFamiliesAndBeginWithTheLatest(String addresses, String latest, String ordered) {
        assertThat(BackendAddresses.order(parsed(addresses), latest.isEmpty() ? null : address(latest)))
                .isEqualTo(parsed(ordered));
    }

    @Test
    void beginWithTheOneThatAcceptedLast() {
        BackendAddresses addresses = new BackendAddresses(LoopbackNames.of("127.0.0.1", "127.0.0.2", "127.0.0.3"));
        assertThat(find(addresses, 80)).containsExactly("127.0.0.1", "127.0.0.2", "127.0.0.3");

        addresses.accepts("app.test", 80, address("127.0.0.3"));

        assertThat(find(addresses, 80)).containsExactly("127.0.0.3", "127.0.0.1", "127.0.0.2");
        assertThat(find(addresses, 81)).containsExactly("127.0.0.1", "127.0.0.2", "127.0.0.3");
    }

    private static List<String> find(BackendAddresses addresses, int port) {
        EmbeddedChannel channel = new EmbeddedChannel();
        List<String> found = new ArrayList<>();
        addresses.find(
                "app.test",
                port,
                channel.eventLoop(),
                all -> all.stream().map(InetSocketAddress::getHostString).forEach(found::add),
                failure -> {
                    throw new AssertionError(failure);
                });
        channel.runPendingTasks();
        return found;
    }

    private static List<InetAddress> parsed(String addresses) {
        return Stream.of(addresses.split(" ", -1))
                .map(BackendAddressesTests::address)
                .toList();
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
