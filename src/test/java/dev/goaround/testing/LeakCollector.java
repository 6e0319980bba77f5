package dev.goaround.testing;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import io.netty.util.internal.StringUtil;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/**
 * Netty's leak detector, with a memory: what it reports is kept for {@link LeakCheck}.
 *
 * <p>Netty makes one per kind of resource, and asks {@link #install} for it.
 *
 * @param <T> the kind of resource
 */
final class LeakCollector<T> extends ResourceLeakDetector<T> {

    private static final String CANARY = StringUtil.simpleClassName(Canary.class);

    private static final List<LeakCollector<?>> COLLECTORS = new CopyOnWriteArrayList<>();

    private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();

    private LeakCollector(Class<?> resourceType, int samplingInterval) {
        super(resourceType, samplingInterval);
        COLLECTORS.add(this);
    }

    /** Makes Netty use this class; too late for the kinds of resource that it has already met. */
    static void install() {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @SuppressWarnings("deprecation") // the only method that a factory has to have
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int samplingInterval, long maxActive) {
                return new LeakCollector<>(resource, samplingInterval);
            }
        });
    }

    /**
     * Collects garbage until a leak made on purpose has been reported, and returns all other reports so far.
     *
     * <p>That leak tells when the collector is through, and that a leak would have been seen at all. It is made twice,
     * because references found by one collection may be queued in any order.
     */
    static List<String> reports() {
        if (COLLECTORS.isEmpty()) {
            return List.of();
        }
        for (int round = 0; round < 2; round++) {
            // Each detector reports a leak with the same records only once, hence a new one.
            new LeakCollector<Canary>(Canary.class, 1).track(new Canary());
            Awaitility.await("a deliberate leak is reported").until(LeakCollector::canaryReported);
        }
        return List.copyOf(REPORTS);
    }

    private static boolean canaryReported() {
        System.gc();
        COLLECTORS.forEach(LeakCollector::poll);
        return REPORTS.removeIf(report -> report.startsWith(CANARY));
    }

    /** Makes the detector look at its queue, which it does whenever something new is tracked. */
    @SuppressWarnings("unchecked") // the detector only takes the object's identity
    private void poll() {
        T probe = (T) new Object();
        ResourceLeakTracker<T> tracker = track(probe);
        if (tracker != null) {
            tracker.close(probe);
        }
    }

    @Override
    protected boolean needReport() {
        return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
        REPORTS.add(resourceType + " was not released before it was garbage-collected." + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
        REPORTS.add(resourceType + " was not released before it was garbage-collected; no records.");
    }

    /** A resource that nobody closes. */
    private static final class Canary {}
}
