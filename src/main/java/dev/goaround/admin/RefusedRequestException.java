package dev.goaround.admin;

import java.util.List;
import org.springframework.http.HttpStatus;

/** A request to change something is refused. */
final class RefusedRequestException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final HttpStatus status;
    private final String sentence;
    private final transient List<String> mistakes;

    RefusedRequestException(HttpStatus status, String sentence) {
        this(status, sentence, List.of());
    }

    /** @param mistakes a sentence for each, if there may be several */
    RefusedRequestException(HttpStatus status, String sentence, List<String> mistakes) {
        super(sentence, null, false, false);
        this.status = status;
        this.sentence = sentence;
        this.mistakes = List.copyOf(mistakes);
    }

    /** A body that can't be made anything of. */
    static RefusedRequestException badRequest(String sentence) {
        return new RefusedRequestException(HttpStatus.BAD_REQUEST, sentence);
    }

    String sentence() {
        return sentence;
    }

    HttpStatus status() {
        return status;
    }

    List<String> mistakes() {
        return mistakes;
    }
}
