package dev.goaround.admin;

import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.Edit;
import dev.goaround.membership.Membership;
import dev.goaround.membership.RefusedChangeException;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.BackendSpec;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;

/** What operators may change of the pool while GoAround runs. Nothing of this is for an event loop. */
final class Changes {

    private final Membership membership;
    private final BackendPool pool;
    private final Supplier<BackendDefaults> defaults;

    Changes(Membership membership, BackendPool pool, Supplier<BackendDefaults> defaults) {
        this.membership = membership;
        this.pool = pool;
        this.defaults = defaults;
    }

    ChangeView.History history() {
        return new ChangeView.History(
                membership.changes().stream().map(ChangeView::of).toList());
    }

    /** Reads a body of new backends. */
    Edit add(byte[] body) {
        return Edit.add(BackendsBody.read(body).backends(defaults.get()));
    }

    /** Reads a body of all backends. */
    Edit replace(byte[] body) {
        return Edit.replace(BackendsBody.read(body).backends(defaults.get()));
    }

    /** Reads a body of what is to be set of a backend. */
    Edit set(String id, byte[] body) {
        BackendSpec spec = spec(id);
        return Edit.set(spec.endpoint(), BackendsBody.read(body).settings(spec));
    }

    Edit remove(String id) {
        return Edit.remove(spec(id).endpoint());
    }

    Edit undo(String number) {
        if (!number.matches("[0-9]{1,18}")) {
            throw new RefusedRequestException(HttpStatus.NOT_FOUND, number + " is no number of a change");
        }
        return membership
                .undo(Long.parseLong(number))
                .orElseThrow(() -> new RefusedRequestException(
                        HttpStatus.NOT_FOUND, "there is no change " + number + ", or it is not among the last 100"));
    }

    private BackendSpec spec(String id) {
        return pool.snapshot()
                .member(id)
                .orElseThrow(() ->
                        new RefusedRequestException(HttpStatus.NOT_FOUND, "no backend of the pool has the id " + id))
                .backend()
                .spec();
    }

    /**
     * Makes the change, or says what it would be.
     *
     * @param by how the operator was recognized
     */
    ChangeView make(Edit edit, boolean dryRun, String by) {
        try {
            return dryRun
                    ? ChangeView.preview(membership.preview(edit))
                    : membership.change(edit, by).map(ChangeView::of).orElse(ChangeView.NONE);
        } catch (RefusedChangeException e) {
            throw new RefusedRequestException(HttpStatus.CONFLICT, e.sentence());
        }
    }
}
