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
 * @param picker over the eligible ones
 */
public record PoolSnapshot(List<Member> members, Picker picker) {

    static final Picker NOBODY = context -> null;

    static PoolSnapshot of(List<Member> members, Balancer balancer) {
        List<Backend> eligible = eligible(members);
        return new PoolSnapshot(List.copyOf(members), eligible.isEmpty() ? NOBODY : balancer.over(eligible));
    }

    /** Healthy backends; backups only if there is no other. */
    private static List<Backend> eligible(List<Member> members) {
        List<Backend> primaries = healthy(members, false);
        return primaries.isEmpty() ? healthy(members, true) : primaries;
    }

    private static List<Backend> healthy(List<Member> members, boolean backup) {
        return members.stream()
                .filter(member -> member.healthy() && member.backend().spec().backup() == backup)
                .map(Member::backend)
                .toList();
    }

    /** Every backend. */
    public Set<Backend> backends() {
        return members.stream().map(Member::backend).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether the picker could pick a backend for this request if none were full. */
    public boolean fits(PickContext context) {
        return !context.tried().containsAll(eligible(members));
    }

    /** Whether any backend, backups included, is fit for traffic. */
    public boolean anyHealthy() {
        return members.stream().anyMatch(Member::healthy);
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
