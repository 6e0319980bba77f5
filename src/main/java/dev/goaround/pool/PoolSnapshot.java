package dev.goaround.pool;

import dev.goaround.pool.Balancer.Picker;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Membership, health and picker at one moment: whoever reads a snapshot sees all three agree.
 *
 * @param members every backend, in configured order
 * @param leaving backends that have left and finish what they have, those that left first in front
 * @param eligible those that get traffic; while no backend is healthy, those that have only been silent
 * @param picker over these
 * @param panic whether so few are healthy that all are eligible
 */
public record PoolSnapshot(
        List<Member> members, List<Leaver> leaving, List<Backend> eligible, Picker picker, boolean panic) {

    static PoolSnapshot of(
            List<Member> members, List<Leaver> leaving, Balancer balancer, Eligibility eligibility, Instant now) {
        boolean awaited = members.stream().noneMatch(Member::available)
                && members.stream().anyMatch(Member::coming);
        List<Leaver> left = awaited
                ? leaving
                : leaving.stream().map(leaver -> leaver.relieved(now)).toList();
        List<Member> serving =
                left.stream().filter(Leaver::serving).map(Leaver::member).toList();
        boolean relief = serving.stream().anyMatch(Member::available);
        List<Level> healthy = eligibility.levels(relief ? serving : members);
        List<Level> levels = healthy.isEmpty() ? lastResort(members) : healthy;
        List<Backend> eligible = levels.stream()
                .flatMap(level -> Stream.concat(level.near().stream(), level.far().stream()))
                .toList();
        return new PoolSnapshot(
                List.copyOf(members),
                List.copyOf(left),
                eligible,
                LevelPicker.over(levels, balancer),
                eligibility.panic(relief ? serving : members));
    }

    /**
     * Where no backend is fit for traffic, those that were only too slow for their probes: a request that waits for one of them loses
     * nothing that it would have elsewhere.
     */
    private static List<Level> lastResort(List<Member> members) {
        List<Backend> silent =
                members.stream().filter(Member::lastResort).map(Member::backend).toList();
        return silent.isEmpty() ? List.of() : List.of(Level.of(silent));
    }

    /** These instead, of whom the same are eligible: the picker, and so whose turn it is, stays. */
    PoolSnapshot with(List<Member> changed, List<Leaver> left) {
        return new PoolSnapshot(List.copyOf(changed), List.copyOf(left), eligible, picker, panic);
    }

    /** Every backend of which something is to be remembered: the members, and those that leave but are not gone yet. */
    public Set<Backend> backends() {
        return Stream.concat(
                        members.stream().map(Member::backend), leaving.stream().map(Leaver::backend))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Those whose health is to be followed: the members, and those that have left but go on serving. */
    public List<Member> watched() {
        if (leaving.stream().noneMatch(Leaver::serving)) {
            return members;
        }
        List<Member> watched = new ArrayList<>(members);
        leaving.stream().filter(Leaver::serving).map(Leaver::member).forEach(watched::add);
        return watched;
    }

    /** Whether the picker could pick a backend for this request if none were full. */
    public boolean fits(PickContext context) {
        Backend stuckTo = context.stuckTo();
        return !context.tried().containsAll(eligible)
                || (stuckTo != null && !context.tried().contains(stuckTo) && keeps(stuckTo));
    }

    /** Whether the backend goes on with the clients that stay with it: it is eligible, fit or draining, and not disabled. */
    public boolean keeps(Backend backend) {
        for (Member member : members) {
            if (member.backend() == backend) {
                return member.state() != OperatorState.DISABLED
                        && (member.health() != Health.DEGRADED || eligible.contains(backend));
            }
        }
        return eligible.contains(backend);
    }

    /** Whether any backend, backups included, is fit for traffic and may have it. */
    public boolean anyHealthy() {
        return watched().stream().anyMatch(Member::available);
    }

    /** Returns the member of that id. */
    public Optional<Member> member(String id) {
        return members.stream()
                .filter(member -> member.backend().id().equals(id))
                .findFirst();
    }

    Optional<Member> watched(Backend backend) {
        return watched().stream().filter(member -> member.backend() == backend).findFirst();
    }
}
