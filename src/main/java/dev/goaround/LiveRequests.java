package dev.goaround;

import dev.goaround.balance.BalanceSettings.Sticky;
import dev.goaround.balance.Stickiness;
import dev.goaround.config.GoAroundProperties;
import dev.goaround.config.LiveSettings;
import dev.goaround.pool.BackendPool;
import dev.goaround.proxy.ProxySettings;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the data path goes by, made anew when the settings are replaced. */
final class LiveRequests implements Supplier<ProxySettings> {

    private final BackendPool pool;
    private final byte[] key;
    private volatile ProxySettings current;

    /** @param key what cookies are made with where no secret is set, so that they go on counting when anything else is */
    LiveRequests(LiveSettings live, BackendPool pool, byte[] key) {
        this.pool = pool;
        this.key = key.clone();
        this.current = made(live.get(), stickiness(live.get()));
        live.follow(this::replaced);
    }

    @Override
    public ProxySettings get() {
        return current;
    }

    private void replaced(GoAroundProperties before, GoAroundProperties now) {
        Stickiness was = current.stickiness();
        boolean same = now.balance().sticky().equals(before.balance().sticky());
        current = made(now, same ? was : stickiness(now));
        if (!same && was != null) {
            was.release();
        }
    }

    private static ProxySettings made(GoAroundProperties settings, @Nullable Stickiness stickiness) {
        return new ProxySettings(
                settings.forwarding(),
                settings.retry().attemptsHeader(),
                settings.requestTimeout(),
                settings.balance().keyInUse(),
                stickiness);
    }

    private @Nullable Stickiness stickiness(GoAroundProperties settings) {
        Sticky sticky = settings.balance().sticky();
        return sticky.cookie() == null ? null : new Stickiness(sticky.cookie(), sticky, pool, key);
    }
}
