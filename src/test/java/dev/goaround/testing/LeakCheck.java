package dev.goaround.testing;

import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails the run, after its last test, if Netty has reported a buffer that was never released.
 *
 * <p>Registered for every test class through {@code META-INF/services}.
 */
public final class LeakCheck implements BeforeAllCallback {

    /** Called by JUnit before any test class is initialized. */
    public LeakCheck() {
        LeakCollector.install();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot()
                .getStore(Namespace.create(LeakCheck.class))
                .computeIfAbsent(AfterLastTest.class, key -> new AfterLastTest());
    }

    /** Closed by JUnit when the whole run ends; what it throws fails the run. */
    private static final class AfterLastTest implements AutoCloseable {

        @Override
        public void close() {
            List<String> reports = LeakCollector.reports();
            if (!reports.isEmpty()) {
                throw new AssertionError(reports.size() + " leaks of Netty resources:\n" + String.join("\n", reports));
            }
        }
    }
}
