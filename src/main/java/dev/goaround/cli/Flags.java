package dev.goaround.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A command line, read.
 *
 * @param settings values by key, in the order of the flags
 * @param origins the flag behind each of these keys, as typed
 * @param properties arguments for Spring Boot ({@code --any.spring.property=value})
 * @param requests flags that ask for something to be printed
 * @param mistakes a sentence for each mistake in the form of the command line; the values are checked later
 */
record Flags(
        Map<String, String> settings,
        Map<String, String> origins,
        List<String> properties,
        Set<Flag> requests,
        List<String> mistakes) {

    boolean asksFor(Flag flag) {
        return requests.contains(flag);
    }
}
