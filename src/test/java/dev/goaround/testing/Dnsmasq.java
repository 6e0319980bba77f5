package dev.goaround.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A {@code dnsmasq} of the machine, as a process of its own on loopback, that knows nothing but what a test tells it. To
 * tell it something else it is started again, on the same port. For one thread.
 */
public final class Dnsmasq implements AutoCloseable {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final Path folder;
    private final int port;
    private Process process;

    private Dnsmasq(Path folder, int port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /**
     * Starts one that answers.
     *
     * @param folder for its configuration
     * @param lines of its configuration, such as {@code host-record=app.test,127.0.0.1,1}
     */
    public static Dnsmasq start(Path folder, String... lines) {
        while (true) {
            int port = freePort();
            Dnsmasq started = new Dnsmasq(folder, port, launch(folder, port, lines));
            if (started.answersBeforeItEnds()) {
                return started;
            }
        }
    }

    /** Says this from now on instead. */
    public void say(String... lines) {
        kill();
        Awaitility.await("it has its port again").until(() -> {
            process = launch(folder, port, lines);
            return answersBeforeItEnds();
        });
    }

    private static Process launch(Path folder, int port, String... lines) {
        List<String> all = new ArrayList<>(List.of(
                "port=" + port,
                "listen-address=127.0.0.1",
                "bind-interfaces",
                "no-resolv",
                "no-hosts",
                "no-daemon",
                "user=",
                "local=/test/"));
        all.addAll(List.of(lines));
        try {
            Path configuration = Files.write(folder.resolve("dnsmasq.conf"), all);
            return new ProcessBuilder(
                            Programs.require("dnsmasq", "dnsmasq-base").toString(),
                            "--conf-file=" + configuration,
                            "--pid-file=")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("dnsmasq.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that is free over UDP and TCP alike. */
    private static int freePort() {
        while (true) {
            try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
                new ServerSocket(socket.getLocalPort(), 1, LOOPBACK).close();
                return socket.getLocalPort();
            } catch (BindException taken) {
                // Somebody has it over TCP.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** False if another process has taken the port meanwhile. */
    private boolean answersBeforeItEnds() {
        Awaitility.await("dnsmasq answers or ends")
                .pollInterval(20, TimeUnit.MILLISECONDS)
                .until(() -> !process.isAlive() || answers());
        if (process.isAlive()) {
            return true;
        }
        String printed = printed();
        if (!printed.contains("Address already in use")) {
            throw new IllegalStateException("dnsmasq ended: " + printed);
        }
        return false;
    }

    private String printed() {
        try {
            return Files.readString(folder.resolve("dnsmasq.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() throws IOException {
        // The question for the addresses of "test".
        byte[] question = {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1};
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(100);
            socket.connect(LOOPBACK, port);
            socket.send(new DatagramPacket(question, question.length));
            socket.receive(new DatagramPacket(new byte[512], 512));
            return true;
        } catch (SocketTimeoutException | PortUnreachableException e) {
            return false;
        }
    }

    /** Its place, as {@code goaround.dns.servers} has it. */
    public String address() {
        return "127.0.0.1:" + port;
    }

    /** It is gone when this returns. */
    public void kill() {
        Programs.kill(process);
    }

    @Override
    public void close() {
        kill();
    }
}
