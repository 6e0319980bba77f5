package dev.goaround.config;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The settings that are in force. They are replaced as a whole, so that whoever asks finds those of one configuration.
 *
 * <p>Thread-safe: anyone asks, without a lock; those who replace them take turns.
 */
public final class LiveSettings implements Supplier<GoAroundProperties> {

    private final List<BiConsumer<GoAroundProperties, GoAroundProperties>> followers = new CopyOnWriteArrayList<>();

    /** Written by {@link #replace} only. */
    private volatile GoAroundProperties current;

    public LiveSettings(GoAroundProperties first) {
        this.current = first;
    }

    @Override
    public GoAroundProperties get() {
        return current;
    }

    /** Returns what gives a part of the settings, anew whenever it is asked. */
    public <T> Supplier<T> of(Function<GoAroundProperties, T> part) {
        return () -> part.apply(current);
    }

    /** Has this told of those before and those in force whenever they are replaced: it must neither block nor throw. */
    public void follow(BiConsumer<GoAroundProperties, GoAroundProperties> follower) {
        followers.add(follower);
    }

    /** Puts these in force. */
    public synchronized void replace(GoAroundProperties next) {
        GoAroundProperties before = current;
        current = next;
        followers.forEach(follower -> follower.accept(before, next));
    }
}
