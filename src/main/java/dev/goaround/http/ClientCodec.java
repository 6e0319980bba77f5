package dev.goaround.http;

/** What writes requests and reads answers on a connection to a backend, or on one stream of it. */
public interface ClientCodec {

    /** Whether there is one exchange only, whose end does not end the connection. */
    boolean multiplexed();

    /** Whether the backend has said that it has not acted on the request, and will not. */
    boolean refused();

    /** The error code with which the backend has reset the stream (RFC 9113 section 7), or -1 if it has not. */
    default long streamError() {
        return -1;
    }

    /** Whether nothing but the end of the connection has delimited the response that was read last. */
    default boolean endedByClose() {
        return false;
    }

    /** Whether a message has arrived in part, or something that is none. */
    boolean unfinished();

    /**
     * Says whether the next final answer is to a HEAD request, and so has no body whatever it announces. To be called for each request:
     * no other answer is read.
     */
    void answersHead(boolean head);

    /** Says whether the next final answer is to a request to switch protocols; without that, a 101 is an interim one. */
    void answersUpgrade(boolean upgrade);
}
