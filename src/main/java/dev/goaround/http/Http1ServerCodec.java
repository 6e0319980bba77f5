package dev.goaround.http;

/** HTTP/1.1 and HTTP/1.0 of a client, read by one handler and written by another. */
public record Http1ServerCodec(MessageDecoder decoder, MessageEncoder encoder) implements ServerCodec {

    @Override
    public String version() {
        return "1.1";
    }

    @Override
    public boolean multiplexed() {
        return false;
    }

    @Override
    public boolean unfinished() {
        return decoder.unfinished();
    }

    @Override
    public boolean held() {
        return decoder.held();
    }

    @Override
    public void switchProtocols() {
        decoder.switchProtocols();
    }

    @Override
    public void stayWithHttp() {
        decoder.stayWithHttp();
    }

    @Override
    public void next() {
        decoder.next();
    }

    @Override
    public boolean ahead() {
        return decoder.ahead();
    }

    @Override
    public boolean readsOn() {
        return decoder.readsOn();
    }

    @Override
    public void dropRest() {
        decoder.dropRest();
    }

    @Override
    public void answersHead(boolean head) {
        encoder.answersHead(head);
    }
}
