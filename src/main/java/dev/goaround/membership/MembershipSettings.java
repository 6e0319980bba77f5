package dev.goaround.membership;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where backends come from, beside {@code goaround.backends} ({@code goaround.membership.*}).
 *
 * @param file File of further backends, YAML as goaround.backends or one URL a line; read again when it changes. Unset means none.
 */
public record MembershipSettings(@Nullable Path file) {}
