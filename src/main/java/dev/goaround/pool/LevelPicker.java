package dev.goaround.pool;

import dev.goaround.pool.Balancer.Picker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Divides requests between several levels, each of which has a picker of the policy. Who finds nobody in the level that it belongs
 * to gets a backend of another one that gets traffic. Thread-safe.
 */
final class LevelPicker implements Picker {

    private static final Picker NOBODY = context -> null;

    private final Picker[] pickers;

    /** Where each level's part of the whole ends. */
    private final double[] ends;

    private final Parts parts = new Parts(0x632BE59BD9B4E019L);

    private LevelPicker(Picker[] pickers, double[] ends) {
        this.pickers = pickers;
        this.ends = ends;
    }

    /** Returns what picks among these levels, which a single one needs no layer for. */
    static Picker over(List<Level> levels, Balancer balancer) {
        Picker[] pickers =
                levels.stream().map(level -> ZonePicker.over(level, balancer)).toArray(Picker[]::new);
        if (pickers.length < 2) {
            return pickers.length == 0 ? NOBODY : pickers[0];
        }
        double[] ends = new double[pickers.length];
        double end = 0;
        for (int i = 0; i < ends.length; i++) {
            end += levels.get(i).share();
            ends[i] = end;
        }
        return new LevelPicker(pickers, ends);
    }

    @Override
    public @Nullable Backend pick(PickContext context) {
        double part = parts.next(context);
        int own = 0;
        while (own < ends.length - 1 && part >= ends[own]) {
            own++;
        }
        Backend backend = pickers[own].pick(context);
        for (int i = 0; i < pickers.length && backend == null; i++) {
            backend = i == own ? null : pickers[i].pick(context);
        }
        return backend;
    }
}
