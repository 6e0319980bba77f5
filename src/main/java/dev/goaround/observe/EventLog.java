package dev.goaround.observe;

import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Member;
import dev.goaround.pool.PoolSnapshot;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What changes about backends: the latest, and watchers who are told as it happens. Thread-safe; told of every change of the pool, which
 * is rare, so that a lock does no harm.
 */
public final class EventLog {

    /** Events that are kept. */
    public static final int CAPACITY = 256;

    private static final int MOST_WATCHERS = 64;

    /** Is told of events, one after the other. */
    @FunctionalInterface
    public interface Watcher {

        /** Takes an event, without blocking; false if it can't take any more, and is to be forgotten. */
        boolean offer(StateEvent event);
    }

    private record Seen(Member member, BackendSpec spec) {}

    private final Clock clock;
    private final Deque<StateEvent> events = new ArrayDeque<>(CAPACITY);
    private final List<Watcher> watchers = new ArrayList<>();
    private Map<String, Seen> seen = new LinkedHashMap<>();
    private long lastId;

    public EventLog(Clock clock) {
        this.clock = clock;
        this.lastId = clock.millis();
    }

    /** Takes notice of the pool as it is now. */
    public synchronized void follow(PoolSnapshot now) {
        Map<String, Seen> before = seen;
        seen = new LinkedHashMap<>();
        for (Member member : now.members()) {
            Seen current = new Seen(member, member.backend().spec());
            seen.put(member.backend().id(), current);
            Seen known = before.remove(member.backend().id());
            if (known == null) {
                add(StateEvent.Type.JOINED, current, null, member.health().label(), member.cause());
            } else {
                compare(known, current);
            }
        }
        before.values()
                .forEach(left ->
                        add(StateEvent.Type.LEFT, left, left.member().health().label(), null, null));
    }

    private void compare(Seen before, Seen now) {
        Member was = before.member();
        Member is = now.member();
        if (was.health() != is.health()) {
            add(StateEvent.Type.HEALTH, now, was.health().label(), is.health().label(), is.cause());
        }
        if (was.state() != is.state()) {
            add(StateEvent.Type.STATE, now, was.state().label(), is.state().label(), null);
        }
        if (before.spec().weight() != now.spec().weight()) {
            add(
                    StateEvent.Type.WEIGHT,
                    now,
                    String.valueOf(before.spec().weight()),
                    String.valueOf(now.spec().weight()),
                    null);
        }
        int limit = now.spec().maxConnections().most();
        if (before.spec().maxConnections().most() != limit) {
            add(
                    StateEvent.Type.LIMIT,
                    now,
                    String.valueOf(before.spec().maxConnections().most()),
                    String.valueOf(limit),
                    null);
        }
    }

    private void add(
            StateEvent.Type type, Seen of, @Nullable String from, @Nullable String to, @Nullable String cause) {
        Instant at = clock.instant();
        StateEvent event = new StateEvent(
                ++lastId, at, type, of.member().backend().id(), of.spec().uri().toString(), from, to, cause);
        if (events.size() == CAPACITY) {
            events.removeFirst();
        }
        events.addLast(event);
        watchers.removeIf(watcher -> !watcher.offer(event));
    }

    /** The latest events, the oldest first. */
    public synchronized List<StateEvent> latest() {
        return List.copyOf(events);
    }

    /**
     * Has the watcher told of every event from now on, and first of those that are kept and came after one.
     *
     * @param after the id of that one; null for none to be told of first
     * @return whether there was a place for it
     */
    public synchronized boolean watch(Watcher watcher, @Nullable Long after) {
        if (watchers.size() >= MOST_WATCHERS) {
            return false;
        }
        if (after != null) {
            for (StateEvent event : events) {
                if (event.id() > after && !watcher.offer(event)) {
                    return true;
                }
            }
        }
        watchers.add(watcher);
        return true;
    }

    /** Forgets the watcher. */
    public synchronized void leave(Watcher watcher) {
        watchers.remove(watcher);
    }

    /** Whether there is no place for another watcher. */
    public synchronized boolean full() {
        return watchers.size() >= MOST_WATCHERS;
    }

    /** Whether events after this one are not kept any more. */
    public synchronized boolean missed(long after) {
        StateEvent oldest = events.peekFirst();
        return oldest != null && after < oldest.id() - 1;
    }
}
