package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The file that keeps what operators have changed, as the status endpoint shows it.
 *
 * @param savedAt when it was last written since the start; left out until it was
 * @param mistake why the latest change is not in it; left out if it is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record StateFileView(
        String file, @Nullable Instant savedAt, @Nullable String mistake) {}
