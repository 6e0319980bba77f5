package dev.goaround.listen;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * How requests are told apart.
 *
 * @param trusted whose word about requests counts
 */
public record Tracking(RequestIds ids, TrustedProxies trusted) {

    /** Nothing is taken from or told to anybody. */
    static Tracking none() {
        return new Tracking(
                new RequestIds(null, System::currentTimeMillis, new SplittableRandom()), new TrustedProxies(List.of()));
    }

    /**
     * Returns the same with other settings.
     *
     * @param field name of the header field that carries an identifier, or null for none
     */
    public Tracking with(@Nullable String field, TrustedProxies others) {
        return new Tracking(ids.in(field), others);
    }

    /** Returns the identifier of a request of this client. */
    String id(HttpHeaders headers, Peer client) {
        return ids.field() != null && trusted.trust(client.address()) ? ids.given(headers) : ids.next();
    }
}
