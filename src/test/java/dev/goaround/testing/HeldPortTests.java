package dev.goaround.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class HeldPortTests {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @Test
    void refusesConnections() {
        try (HeldPort held = HeldPort.take()) {
            assertThatThrownBy(() -> new Socket(LOOPBACK, held.port()).close()).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void mayBeListenedOnByWhoIsToldAndIsHeldAgainAfterwards() throws IOException {
        try (HeldPort held = HeldPort.take()) {
            for (int i = 0; i < 2; i++) {
                try (ServerSocket told = new ServerSocket(held.port(), 1, LOOPBACK);
                        Socket client = new Socket(LOOPBACK, held.port());
                        Socket accepted = told.accept()) {
                    assertThat(accepted.getPort()).isEqualTo(client.getLocalPort());
                }
            }
        }
    }

    @Test
    void isNotTheOwnPortOfAnybodyElse() throws IOException {
        try (HeldPort held = HeldPort.take();
                Socket other = new Socket()) {
            assertThatThrownBy(() -> other.bind(new InetSocketAddress(LOOPBACK, held.port())))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void holdsThePortOfAServerThatHasGoneThoughConnectionsOfItAreOpen() throws IOException {
        ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        int port = server.getLocalPort();
        try (Socket client = new Socket(LOOPBACK, port);
                Socket accepted = server.accept()) {
            assertThat(accepted.isConnected()).isTrue();
            server.close();
            try (HeldPort held = HeldPort.take(port)) {
                assertThat(held.port()).isEqualTo(client.getPort());
                assertThatThrownBy(() -> new Socket(LOOPBACK, port).close()).isInstanceOf(ConnectException.class);
            }
        }
    }
}
