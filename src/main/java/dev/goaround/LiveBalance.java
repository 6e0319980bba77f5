package dev.goaround;

import dev.goaround.balance.BalanceSettings;
import dev.goaround.balance.Balancers;
import dev.goaround.config.GoAroundProperties;
import dev.goaround.config.LiveSettings;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Balancer;
import java.time.Clock;

/** Has the pool balance as the settings say, from one configuration to the next. */
final class LiveBalance {

    private final Clock clock;
    private final BackendPool pool;

    /** What the pool uses. Settings that replace each other take turns. */
    private Balancer balancer;

    LiveBalance(LiveSettings live, Clock clock) {
        BalanceSettings settings = live.get().balance();
        this.clock = clock;
        this.balancer = Balancers.of(settings, clock);
        this.pool = new BackendPool(balancer, settings.eligibility(), clock);
        live.follow(this::replaced);
    }

    BackendPool pool() {
        return pool;
    }

    private void replaced(GoAroundProperties before, GoAroundProperties now) {
        BalanceSettings was = before.balance();
        BalanceSettings is = now.balance();
        if (!is.sameAlgorithm(was)) {
            balancer = Balancers.of(is, clock);
        } else if (is.eligibility().equals(was.eligibility())) {
            return;
        }
        pool.balance(balancer, is.eligibility());
    }
}
