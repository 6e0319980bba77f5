package dev.goaround.health;

import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Member;
import dev.goaround.pool.PoolSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log when so few backends are healthy that all are used, and when that is over.
 *
 * <p>The pool itself knows it at once, but it changes under a lock, which is no place to write a log.
 */
public final class PanicWatch {

    private static final Logger LOG = LoggerFactory.getLogger(PanicWatch.class);

    private final BackendPool pool;
    private boolean panic;

    public PanicWatch(BackendPool pool) {
        this.pool = pool;
    }

    /** Looks at the pool, and says so if something has changed. For one thread. */
    public void look() {
        PoolSnapshot now = pool.snapshot();
        if (now.panic() == panic) {
            return;
        }
        panic = now.panic();
        long healthy = now.members().stream().filter(Member::healthy).count();
        int all = now.members().size();
        if (panic) {
            LOG.warn(
                    "panic: {} of {} backends healthy, so all are used (goaround.balance.panic-threshold)",
                    healthy,
                    all);
        } else {
            LOG.info("panic over: {} of {} backends healthy", healthy, all);
        }
    }
}
