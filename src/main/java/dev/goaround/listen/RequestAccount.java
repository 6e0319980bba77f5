package dev.goaround.listen;

import dev.goaround.http.Problem;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What becomes of a request, for those who count or log. Belongs to the event loop of the client's connection. */
final class RequestAccount implements Followed, ServedRequest {

    private final ClientConnection connection;
    private final HttpRequest head;
    private final long began;
    private RequestObserver observer;
    private @Nullable String id;
    private long bytesIn;
    private long bytesOut;
    private int status;
    private @Nullable Problem problem;
    private @Nullable Ending ending;
    private @Nullable Cut cut;

    /** How long it took, once that is known. */
    private long nanos;

    /** @param observer learns how it ended, unless another is named meanwhile */
    RequestAccount(ClientConnection connection, RequestObserver observer, HttpRequest head) {
        this.connection = connection;
        this.observer = observer;
        this.head = head;
        this.began = now();
        if (connection.tracking().ids().field() != null) {
            id(); // Made now, while the header says what the client has said.
        }
    }

    private long now() {
        return connection.channel().eventLoop().ticker().nanoTime();
    }

    /** Has this observer told of the end, in place of the one before. */
    void observedBy(RequestObserver other) {
        observer = other;
    }

    @Override
    public void mark(HttpHeaders headers) {
        RequestIds ids = connection.tracking().ids();
        if (ids.field() != null) {
            ids.mark(headers, id());
        }
    }

    @Override
    public IntSupplier precedence() {
        return connection.precedence(this);
    }

    /** Returns how many bytes of the body have arrived, these included. */
    long received(int bytes) {
        bytesIn += bytes;
        return bytesIn;
    }

    void sent(int bytes) {
        bytesOut += bytes;
    }

    /** An answer with this status begins. */
    void answered(int with) {
        status = with;
    }

    /** The answer will say this. */
    void answers(Problem with) {
        problem = with;
    }

    /** The connection refuses the request, with this answer and so many bytes of its body unless another has begun. */
    void refused(Problem with, boolean begun, int bytes) {
        if (ending != null) {
            return;
        }
        if (begun) {
            ended(Ending.BROKEN, Cut.REQUEST_REFUSED);
        } else {
            status = with.status().code();
            problem = with;
            sent(bytes);
            ended(Ending.REFUSED, null);
        }
    }

    /** The answer was handed to the connection, whole. */
    void written() {
        ended(problem == null ? Ending.ANSWERED : Ending.REFUSED, null);
    }

    /** The client is gone, or is sent away. */
    void cancelled() {
        ended(Ending.CANCELLED, connection.cut());
    }

    /** The first end counts. */
    void ended(Ending how, @Nullable Cut why) {
        if (ending == null) {
            ending = how;
            cut = why;
            nanos = now() - began;
        }
    }

    /** Nothing more will happen to it: the observer is told. */
    void over() {
        cancelled();
        observer.ended(this);
    }

    @Override
    public HttpRequest head() {
        return head;
    }

    @Override
    public String version() {
        return connection.version(head);
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public Ending ending() {
        return ending == null ? Ending.CANCELLED : ending;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public String id() {
        if (id == null) {
            id = connection.tracking().id(head.headers(), connection.peer());
        }
        return id;
    }

    @Override
    public String client() {
        return connection.tracking().trusted().client(head.headers(), connection.peer());
    }

    @Override
    public @Nullable String tlsVersion() {
        return connection.peer().tlsVersionOn(connection.channel());
    }

    @Override
    public long bytesIn() {
        return bytesIn;
    }

    @Override
    public long bytesOut() {
        return bytesOut;
    }

    @Override
    public @Nullable Problem problem() {
        return problem;
    }

    @Override
    public @Nullable Cut cut() {
        return cut;
    }
}
