package dev.goaround.config;

import org.springframework.boot.origin.Origin;

/**
 * A setting's origin on the command line, so that a mistake can name what the user typed.
 *
 * @param flag the flag, such as {@code -p}
 */
public record FlagOrigin(String flag) implements Origin {

    @Override
    public String toString() {
        return flag;
    }
}
