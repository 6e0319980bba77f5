package dev.goaround.config;

import java.util.List;

/** The configuration was refused before anything was started. Carries a finished sentence per mistake, at least one. */
public final class InvalidConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> sentences;

    public InvalidConfigurationException(List<String> sentences) {
        super(String.join(System.lineSeparator(), sentences), null, false, false);
        this.sentences = List.copyOf(sentences);
    }

    public List<String> sentences() {
        return sentences;
    }
}
