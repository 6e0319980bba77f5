package dev.goaround.listen;

import io.netty.handler.codec.http.HttpHeaders;

/** A request that is told apart from others. */
interface Followed {

    /** Its identifier, made when it is first asked for. */
    String id();

    /** Has a message say the identifier, if messages do. */
    void mark(HttpHeaders headers);
}
