package dev.goaround.http;

/** What reads requests and writes answers on a client's connection, or on one stream of it. */
public interface ServerCodec {

    /** The version of HTTP spoken, as {@code Via} names it, where the request does not say another: {@code 1.1}. */
    String version();

    /** Whether there is one exchange only, whose end does not end the connection. */
    boolean multiplexed();

    /** Whether a message has arrived in part, or something that is none. */
    boolean unfinished();

    /** Whether a request asks to switch protocols and {@link #switchProtocols} or {@link #stayWithHttp} must follow. */
    boolean held();

    /** Has everything that follows the request read as pieces of its body, up to the end. */
    void switchProtocols();

    /** Has what follows the request taken for another one. Where the one before had no body, its end is not reported. */
    void stayWithHttp();

    /** Has the next request read; to be called for each request but the first. */
    void next();

    /** Whether something has come before its turn: behind the last request, while {@link #next} has not been called. */
    boolean ahead();

    /** Whether something has come that will be read in a moment. */
    boolean readsOn();

    /** Drops what is still to come. */
    void dropRest();

    /**
     * Says by which error code of HTTP/2 (RFC 9113 section 7) the backend has broken off the response, so that the client learns of it.
     */
    default void brokenOffWith(long streamError) {
        // A connection ends in the middle of a response whatever the reason.
    }

    /** By how many bytes the window of a stream has grown, which is accounted for elsewhere. */
    default int windowGrowth() {
        return 0;
    }

    /** Says whether the next final answer is to a HEAD request, and so has no body whatever it announces. */
    void answersHead(boolean head);
}
