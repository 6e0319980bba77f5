package dev.goaround.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;

/**
 * The bounds of all waits in tests, in one place: they end a test that hangs, and no test is about them. A busy machine
 * takes many times as long as an idle one, so whatever passes does so long before them.
 *
 * <p>Registered through {@code META-INF/services}, so that {@code await()} without a bound has this one.
 */
public final class Patience implements Extension {

    /** Bound of a wait for something that happens soon. */
    public static final Duration AMPLE = Duration.ofMinutes(2);

    /** A time-out of what is tested that must not be reached: above {@link #AMPLE}, so that the wait fails instead. */
    public static final Duration NEVER = Duration.ofMinutes(10);

    /** Called by JUnit before any test. */
    public Patience() {
        Awaitility.setDefaultTimeout(AMPLE);
    }
}
