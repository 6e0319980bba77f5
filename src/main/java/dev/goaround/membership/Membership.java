package dev.goaround.membership;

import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Listing;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges what several sources list into the pool: a backend that more than one lists is in it once, as the source says that
 * spoke first since the start, and with the names of all. A listed name stands for the backends that {@link Names} has for
 * it, and is their source. What operators say counts above that.
 *
 * <p>Thread-safe: changes take turns, and each is applied to the pool as a whole.
 */
public final class Membership {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** How many parts of a change are logged; the history has all. */
    private static final int LOGGED = 10;

    private final BackendPool pool;
    private final Clock clock;
    private final Names names;
    private final SourceLists lists;
    private final Map<String, SourceStatus> statuses = new LinkedHashMap<>();
    private final ChangeLog changes = new ChangeLog();
    private OperatorLayer operator = OperatorLayer.EMPTY;

    /** What the pool is made of, the names included. */
    private List<Listing> current = List.of();

    /** Whether changes are news, and not the start. */
    private boolean recording;

    // Set once, while the objects are put together.
    private volatile Runnable afterUpdates = () -> {};
    private volatile Consumer<OperatorLayer> store = layer -> {};

    public Membership(BackendPool pool, Names names, Clock clock) {
        this.pool = pool;
        this.names = names;
        this.lists = new SourceLists(names);
        this.clock = clock;
        names.whenChanged(this::resolved);
    }

    /** Has this run after every update: who is new is to be probed at once. Replaces the last. */
    public void whenUpdated(Runnable listener) {
        afterUpdates = listener;
    }

    /** Has this told of what operators have said, whenever they have said more, in their thread: it must not throw. Replaces the last. */
    public void whenOperatorsSpoke(Consumer<OperatorLayer> listener) {
        store = listener;
    }

    /** Takes what sources have listed so far as the start; what they list otherwise from now on is a change. */
    public synchronized void started() {
        recording = true;
    }

    /**
     * Takes what a source lists from now on, instead of what it has listed before.
     *
     * @param source its name, as the status shows it: {@code configuration}
     */
    public synchronized void update(String source, List<BackendSpec> specs) {
        boolean same = lists.put(source, specs);
        SourceStatus status = status(source);
        statuses.put(source, status.listing(specs.size(), same ? status.at() : clock.instant()));
        publish(source, null, operator);
    }

    /** Takes what a name stands for from now on. */
    private synchronized void resolved(String name) {
        publish(name, null, operator);
    }

    /**
     * Notes why a source goes on with what it has listed before.
     *
     * @param mistake a sentence or several; null if there is nothing to complain of any more
     */
    public synchronized void complain(String source, @Nullable String mistake) {
        statuses.put(source, status(source).complaining(mistake));
    }

    /** What each source is at, the one that spoke first at the front, and the names behind all others. */
    public synchronized List<SourceStatus> statuses() {
        return Stream.concat(statuses.values().stream(), names.statuses().stream())
                .toList();
    }

    private SourceStatus status(String source) {
        SourceStatus known = statuses.get(source);
        return known == null ? new SourceStatus(source, clock.instant(), 0, null) : known;
    }

    /** Takes what operators had said before a restart, before any source lists anything. */
    public synchronized void restore(OperatorLayer said) {
        operator = said;
        spoke();
    }

    private void spoke() {
        int added = (int) operator.words().values().stream()
                .filter(word -> word.added() != null)
                .count();
        statuses.put(OperatorLayer.SOURCE, status(OperatorLayer.SOURCE).listing(added, clock.instant()));
    }

    /**
     * Makes a change.
     *
     * @param by how the operator was recognized
     * @return the change; empty if it changes nothing
     * @throws RefusedChangeException if it makes no sense
     */
    public synchronized Optional<Change> change(Edit edit, String by) {
        OperatorLayer before = operator;
        Optional<Change> change = publish(OperatorLayer.SOURCE, by, edit.apply(before, lists.with(before)));
        if (!operator.equals(before)) {
            spoke();
            store.accept(operator);
        }
        return change;
    }

    /** Returns what a change would change, and changes nothing. */
    public synchronized List<String> preview(Edit edit) {
        OperatorLayer said = edit.apply(operator, lists.with(operator));
        return differences(said.over(lists.with(said)));
    }

    /** The latest changes, the latest first. */
    public synchronized List<Change> changes() {
        return changes.latest();
    }

    /** Takes a change back; empty if it is not known, or not any more. It is refused if more has been said of its backends since. */
    public synchronized Optional<Edit> undo(long number) {
        return changes.change(number).map(change -> (before, listed) -> changes.undo(change, before));
    }

    /** Applies what is said from now on, and returns the change if there is one. */
    private Optional<Change> publish(String source, @Nullable String by, OperatorLayer said) {
        OperatorLayer before = operator;
        names.want(lists.names(said));
        List<Listing> merged = said.over(lists.with(said));
        List<String> lines = recording ? differences(merged) : List.of();
        operator = said;
        if (!merged.equals(current)) {
            current = merged;
            pool.update(merged.stream()
                    .filter(listing -> !DnsName.is(listing.spec()))
                    .toList());
            afterUpdates.run();
        }
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        Change change = new Change(
                changes.next(), clock.instant(), source, by, lines, before.unlike(said), said.unlike(before));
        changes.add(change);
        LOG.info("change {} by {}: {}", change.number(), by == null ? source : source + " (" + by + ")", logged(lines));
        return Optional.of(change);
    }

    private static String logged(List<String> lines) {
        return lines.size() <= LOGGED
                ? String.join("; ", lines)
                : String.join("; ", lines.subList(0, LOGGED)) + "; and more, which the history has";
    }

    private List<String> differences(List<Listing> after) {
        return Differences.lines(current, pool.ids(current), after, pool.ids(after));
    }
}
