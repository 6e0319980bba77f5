package dev.goaround.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.goaround.testing.RawBackend;
import dev.goaround.testing.RawClient;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a request costs in garbage, so that nobody makes it dearer unawares. */
class AllocationHttpTests {

    /** Bytes of heap that event loops allocate per small GET, as measured on JDK 17, both sides and Spring included. */
    private static final long BUDGET = 4_900;

    private static final long MOST = BUDGET * 120 / 100;

    private static final int REQUESTS = 10_000;
    private static final int ROUNDS = 10;

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

    /** Leak detection records every access, which is garbage of the tests' own. */
    @BeforeEach
    void withoutLeakDetection() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void withLeakDetection() {
        ResourceLeakDetector.setLevel(level);
    }

    @Test
    void aRequestStaysWithinItsBudget() throws Exception {
        try (RawBackend backend = RawBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                RunningProxy proxy = RunningProxy.over(backend.uri());
                RawClient client = new RawClient(proxy.port())) {
            long least = Long.MAX_VALUE;
            // On a busy machine the compiler, which removes much of it, comes late.
            for (int round = 0; round < ROUNDS && least >= MOST; round++) {
                get(client, REQUESTS);
                long before = allocatedByEventLoops();
                get(client, REQUESTS);
                least = Math.min(least, (allocatedByEventLoops() - before) / REQUESTS);
            }

            assertThat(least).as("bytes per request").isPositive().isLessThan(MOST);
        }
    }

    private static void get(RawClient client, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            assertThat(client.get("/").status()).isEqualTo(200);
        }
    }

    private static long allocatedByEventLoops() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] loops = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().startsWith("test-"))
                .mapToLong(thread -> thread.getThreadId())
                .toArray();
        return Arrays.stream(threads.getThreadAllocatedBytes(loops)).sum();
    }
}
