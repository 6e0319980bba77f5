package dev.goaround.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A socket on {@code 127.0.0.2} that looks as if its packets were dropped: it listens, and its backlog is full. */
public final class FullListener implements AutoCloseable {

    private static final String ADDRESS = "127.0.0.2";

    private final ServerSocket listener;
    private final List<SocketChannel> fillers = new ArrayList<>();

    /** Takes the port of another socket, which is one of another address. */
    public FullListener(int port) throws IOException {
        listener = new ServerSocket(port, 1, InetAddress.getByName(ADDRESS));
        for (int i = 0; i < 4; i++) {
            SocketChannel filler = SocketChannel.open();
            filler.configureBlocking(false);
            filler.connect(new InetSocketAddress(ADDRESS, port));
            fillers.add(filler);
        }
        // The kernel takes one more than it was told.
        await("a full backlog").until(() -> connected() >= 2);
    }

    public String address() {
        return ADDRESS;
    }

    private long connected() {
        return fillers.stream()
                .filter(filler -> {
                    try {
                        return filler.finishConnect();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .count();
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel filler : fillers) {
            filler.close();
        }
        listener.close();
    }
}
