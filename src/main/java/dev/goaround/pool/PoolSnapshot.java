package dev.goaround.pool;

import dev.goaround.pool.Balancer.Picker;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Membership, health and picker at one moment: whoever reads a snapshot sees all three agree.
 *
 * @param members every backend, in configured order
 * @param eligible those that get traffic
 * @param picker over these
 * @param panic whether so few are healthy that all are eligible
 */
public record PoolSnapshot(List<Member> members, List<Backend> eligible, Picker picker, boolean panic) {

    private static final Picker NOBODY = context -> null;

    static PoolSnapshot of(List<Member> members, Balancer balancer, Eligibility eligibility) {
        List<Backend> eligible = eligibility.eligible(members);
        return new PoolSnapshot(
                List.copyOf(members),
                List.copyOf(eligible),
                eligible.isEmpty() ? NOBODY : balancer.over(eligible),
                eligibility.panic(members));
    }

    /** These members instead, of whom the same are eligible: the picker, and so whose turn it is, stays. */
    PoolSnapshot with(List<Member> changed) {
        return new PoolSnapshot(List.copyOf(changed), eligible, picker, panic);
    }

    /** Every backend. */
    public Set<Backend> backends() {
        return members.stream().map(Member::backend).collect(Collectors.toUnmodifiableSet());
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
        return false;
    }

    /** Whether any backend, backups included, is fit for traffic and may have it. */
    public boolean anyHealthy() {
        return members.stream().anyMatch(Member::available);
    }

    /** Returns the member of that id. */
    public Optional<Member> member(String id) {
        return members.stream()
                .filter(member -> member.backend().id().equals(id))
                .findFirst();
    }

    Optional<Member> member(Backend backend) {
        return members.stream().filter(member -> member.backend() == backend).findFirst();
    }
}
