package dev.goaround.listen;

import dev.goaround.listen.StalledRequests.Client;
import io.netty.channel.EventLoop;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Both directions of a client's current request, as far as the client stalls them. Belongs to the event loop of its connection. */
final class Stalls {

    private final ClientConnection connection;
    private final StalledRequests all;
    private final LongSupplier taken;
    private @Nullable Stall request;
    private @Nullable Stall response;

    /** @param taken bytes that the client has ever taken */
    Stalls(ClientConnection connection, StalledRequests all, LongSupplier taken) {
        this.connection = connection;
        this.all = all;
        this.taken = taken;
    }

    /** The response does, or does not, wait for the client. */
    void response(ClientExchange of, boolean waits) {
        Stall known = response;
        if (waits && of.responseHoldsSlot()) {
            if (known == null) {
                known = new Stall(all, loop(), true, taken, of::responseHoldsSlot, connection::endStalledResponse);
                response = known;
            }
            resume(known, of);
        } else if (known != null) {
            known.pause();
        }
    }

    /** The rest of the request does, or does not, wait for the client. */
    void request(ClientExchange of, boolean waits) {
        Stall known = request;
        if (waits && !of.tunnelling() && !of.started()) {
            if (known == null) {
                known = new Stall(
                        all, loop(), false, of.account()::bytesIn, of::requestHoldsSlot, connection::endStalledRequest);
                request = known;
            }
            resume(known, of);
            known.account(1);
        } else if (known != null) {
            known.pause();
        }
    }

    private void resume(Stall stall, ClientExchange of) {
        if (stall.begun()) {
            stall.resume();
        } else {
            stall.begin(client(of.account()));
        }
    }

    /** Whose request this is. Where others' requests may come on the same connection, by its address alone. */
    Client client(RequestAccount of) {
        String address = of.client();
        boolean proxy = connection.tracking().trusted().trust(connection.peer().address());
        return new Client(
                proxy ? address : Peer.connection(connection.channel()).id(), address);
    }

    /** The request is over. */
    void over() {
        Stall sending = request;
        Stall taking = response;
        request = null;
        response = null;
        if (sending != null) {
            sending.over();
        }
        if (taking != null) {
            taking.over();
        }
    }

    private EventLoop loop() {
        return connection.channel().eventLoop();
    }
}
