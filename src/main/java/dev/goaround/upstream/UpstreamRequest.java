package dev.goaround.upstream;

import dev.goaround.http.InboundBody;
import dev.goaround.pool.Outcome;
import dev.goaround.upstream.ProxyProtocol.Ends;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * What is sent to a backend in one attempt.
 *
 * @param head request line and header fields exactly as they go out
 * @param body the body as it arrives from the client, or null if the request has none
 * @param tunnel what the client sends once protocols have been switched, or null if the request does not ask for that
 * @param ends the two ends of the client's connection, or null if they are not known
 * @param reuse whether a pooled connection may carry it; if not, a new one is opened
 * @param loop the event loop of the client's connection, which also runs the backend's
 * @param listener learns of interim answers and of the end
 */
public record UpstreamRequest(
        HttpRequest head,
        @Nullable InboundBody body,
        @Nullable InboundBody tunnel,
        @Nullable Ends ends,
        boolean reuse,
        EventLoop loop,
        Listener listener) {

    /** Follows one attempt. */
    public interface Listener {

        /** There is a connection, or a stream of one, for it. */
        void connected();

        /** The head is on its way, and the backend may act on the request. Not called where the backend says if it has not. */
        void sent();

        /** The last piece of a body is on its way: from now on it is for the backend to act. Not called if there is none. */
        void handedOver();

        /** The backend sent an interim answer (1xx); the final one is still to come. */
        void interim(HttpResponse response);

        /** The attempt is over, body included. Called once, whatever happens. */
        void ended(Outcome outcome);
    }
}
