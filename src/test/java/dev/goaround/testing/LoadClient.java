package dev.goaround.testing;

import dev.goaround.testing.RawClient.Response;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A client as it should be: it keeps its connection until an answer says {@code Connection: close}, and never repeats a
 * request. For one thread.
 */
public final class LoadClient implements AutoCloseable {

    /** How an exchange ended. */
    public enum End {
        /** A whole answer with status 200. */
        ANSWERED,
        /** An answer with status 200 began but did not end. */
        CUT,
        /** There was no connection to be had. */
        REFUSED,
        /** A new connection ended before a byte of an answer. */
        TURNED_AWAY,
        /** All else: another status, or a kept connection that ended without an answer. */
        FAILED
    }

    /**
     * One exchange.
     *
     * @param text the body, or what went wrong
     */
    public record Outcome(End end, String text) {}

    private final int port;
    private @Nullable RawClient connection;

    /** A client of this port, without a connection yet. */
    public LoadClient(int port) {
        this.port = port;
    }

    public Outcome get(String path) {
        return exchange("GET " + path + " HTTP/1.1\r\nHost: test.example\r\n\r\n");
    }

    public Outcome post(String path, String body) {
        return send("POST", path, body);
    }

    /** Sends a request with a body, which may be empty. */
    public Outcome send(String method, String path, String body) {
        return exchange(method + " " + path + " HTTP/1.1\r\nHost: test.example\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body);
    }

    private Outcome exchange(String request) {
        End ifNothingComes = connection == null ? End.TURNED_AWAY : End.FAILED;
        RawClient current = connection;
        if (current == null) {
            try {
                current = new RawClient(port);
            } catch (ConnectException refused) {
                return new Outcome(End.REFUSED, String.valueOf(refused.getMessage()));
            } catch (SocketException reset) {
                // The port closed while the handshake was under way.
                return new Outcome(End.TURNED_AWAY, "connecting: " + reset);
            } catch (IOException e) {
                return new Outcome(End.FAILED, "connecting: " + e);
            }
            connection = current;
        }
        String head;
        try {
            head = current.send(request).readHead();
        } catch (IOException e) {
            close();
            return new Outcome(ifNothingComes, e.toString());
        }
        if (!head.startsWith("HTTP/1.1 200 ")) {
            close();
            return new Outcome(head.isEmpty() ? ifNothingComes : End.FAILED, "answer: " + head);
        }
        return body(current, new Response(head, ""));
    }

    private Outcome body(RawClient current, Response answer) {
        int length = Integer.parseInt(answer.values("Content-Length").get(0));
        String body;
        try {
            body = current.readBytes(length);
        } catch (IOException e) {
            body = "";
        }
        if (body.length() < length) {
            close();
            return new Outcome(End.CUT, body);
        }
        if (answer.values("Connection").stream().anyMatch("close"::equalsIgnoreCase)) {
            close();
        }
        return new Outcome(End.ANSWERED, body);
    }

    @Override
    public void close() {
        RawClient open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // Then it is closed already.
            }
        }
    }
}
