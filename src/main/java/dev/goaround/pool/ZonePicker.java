package dev.goaround.pool;

import dev.goaround.pool.Balancer.Picker;
import org.jspecify.annotations.Nullable;

/**
 * Prefers the backends of GoAround's own zone, as long as they can carry what they get: no more than their part of the requests, and
 * of the places of the one that is picked no more than {@value #BUSY} %. A zone that is filled to its target before the next one is
 * what Google Cloud calls waterfall by zone; its target is 80 % unless another is set.
 *
 * <p>Looks at nothing but the backends that the policy picks, so it costs little, and is exact where the policy picks the one with the most free places. Thread-safe.
 */
final class ZonePicker implements Picker {

    private static final int BUSY = 80;

    private final Picker near;
    private final Picker far;
    private final double stay;
    private final Parts parts = new Parts(0x9FB21C651E98DF25L);

    private ZonePicker(Picker near, Picker far, double stay) {
        this.near = near;
        this.far = far;
        this.stay = stay;
    }

    /** Returns what picks among a level's backends. */
    static Picker over(Level level, Balancer balancer) {
        Picker near = balancer.over(level.near());
        return level.far().isEmpty() ? near : new ZonePicker(near, balancer.over(level.far()), level.stay());
    }

    @Override
    public @Nullable Backend pick(PickContext context) {
        boolean stays = stay == 1 || parts.next(context) < stay;
        Backend first = (stays ? near : far).pick(context);
        if (first == null) {
            return (stays ? far : near).pick(context);
        }
        return stays && busy(first) ? lessBusy(first, far.pick(context)) : first;
    }

    private static boolean busy(Backend backend) {
        return backend.inFlight() * 100L >= (long) backend.limit() * BUSY;
    }

    /** The one that has more of its places free; the near one if that is the same. */
    private static Backend lessBusy(Backend near, @Nullable Backend far) {
        if (far == null) {
            return near;
        }
        boolean goes = (long) far.inFlight() * near.limit() < (long) near.inFlight() * far.limit();
        return goes ? far : near;
    }
}
