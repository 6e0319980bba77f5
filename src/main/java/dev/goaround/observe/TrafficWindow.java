package dev.goaround.observe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * The last minute and the last quarter of an hour of one thing that is counted. Thread-safe; nothing on the path of a request waits for
 * its lock.
 */
final class TrafficWindow {

    /** Slots in a quarter of an hour. */
    static final int HISTORY = 90;

    /** Slots in a minute. */
    private static final int MINUTE = 6;

    private final Supplier<TrafficReading> source;

    /** What had been counted at the ends of the latest slots, the latest last. */
    private final Deque<Mark> marks = new ArrayDeque<>();

    private final Deque<TrafficFigures> history = new ArrayDeque<>();

    private record Mark(TrafficReading reading, long nanos) {}

    TrafficWindow(Supplier<TrafficReading> source, long now) {
        this.source = source;
        marks.add(new Mark(source.get(), now));
    }

    /** Ends a slot. */
    synchronized void advance(long now) {
        Mark last = marks.getLast();
        TrafficReading reading = source.get().orSame(last.reading());
        marks.addLast(new Mark(reading, now));
        if (marks.size() > MINUTE) {
            marks.removeFirst();
        }
        history.addLast(TrafficFigures.of(reading.minus(last.reading()), now - last.nanos()));
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
    }

    /** The last minute: as many whole slots as fit in it, and the one that is under way. */
    synchronized TrafficFigures minute(long now) {
        Mark first = marks.getFirst();
        return TrafficFigures.of(source.get().minus(first.reading()), now - first.nanos());
    }

    /** The slots of the last quarter of an hour that have ended, the latest last. */
    synchronized List<TrafficFigures> history() {
        return List.copyOf(history);
    }
}
