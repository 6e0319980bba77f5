package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * A TLS handshake of two contexts with each other, in memory. A context can be made of keys that no handshake succeeds with. It takes
 * milliseconds of computing, and belongs on no event loop.
 */
public final class TrialHandshake {

    /** Two are enough, with resumption and an end that is slow to say so four. */
    private static final int MAX_ROUNDS = 10;

    private TrialHandshake() {}

    /** Returns why the handshake failed, or null if it succeeded. */
    public static @Nullable String failure(SslContext server, SslContext client) {
        EmbeddedChannel serving = null;
        EmbeddedChannel asking = null;
        try {
            serving = new EmbeddedChannel();
            asking = new EmbeddedChannel();
            SslHandler servers = server.newHandler(serving.alloc());
            SslHandler clients = client.newHandler(asking.alloc());
            serving.pipeline().addLast(servers);
            asking.pipeline().addLast(clients);
            for (int round = 0; round < MAX_ROUNDS; round++) {
                move(asking, serving);
                move(serving, asking);
            }
            if (done(servers) && done(clients)) {
                return null;
            }
            return reason(cause(servers, clients));
        } catch (RuntimeException e) {
            return reason(e);
        } finally {
            end(asking);
            end(serving);
        }
    }

    private static void move(EmbeddedChannel from, EmbeddedChannel to) {
        from.runPendingTasks();
        for (ByteBuf sent = from.readOutbound(); sent != null; sent = from.readOutbound()) {
            if (to.isOpen()) {
                to.writeInbound(sent);
            } else {
                sent.release();
            }
        }
    }

    private static boolean done(SslHandler handler) {
        return handler.handshakeFuture().isSuccess();
    }

    private static @Nullable Throwable cause(SslHandler server, SslHandler client) {
        Throwable cause = server.handshakeFuture().cause();
        return cause == null ? client.handshakeFuture().cause() : cause;
    }

    private static String reason(@Nullable Throwable failure) {
        Throwable root = failure;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        String message = root == null ? null : root.getMessage();
        return message == null
                ? "it does not come to an end"
                : message.lines().findFirst().orElse("").strip();
    }

    private static void end(@Nullable EmbeddedChannel channel) {
        if (channel != null) {
            try {
                channel.finishAndReleaseAll();
            } catch (RuntimeException e) {
                // What was wrong is known already.
            }
        }
    }
}
