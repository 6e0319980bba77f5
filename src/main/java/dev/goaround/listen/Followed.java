package dev.goaround.listen;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** A request that is told apart from others. */
interface Followed {

    /** Its identifier, made when it is first asked for. */
    String id();

    /** Returns what tells, to any thread, how far behind others the request comes when slots are given out. */
    IntSupplier precedence();

    /** Why there is no whole response, as far as that is known yet; null if nothing is. */
    ServedRequest.@Nullable Cut cut();

    /** Has a message say the identifier, if messages do. */
    void mark(HttpHeaders headers);
}
