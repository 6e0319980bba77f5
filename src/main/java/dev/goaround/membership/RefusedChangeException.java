package dev.goaround.membership;

/** A change makes no sense as things are. The message is one sentence for the operator. */
public final class RefusedChangeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String sentence;

    public RefusedChangeException(String sentence) {
        super(sentence, null, false, false);
        this.sentence = sentence;
    }

    public String sentence() {
        return sentence;
    }
}
