package dev.goaround.admin;

import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Member;
import dev.goaround.pool.OperatorState;
import dev.goaround.pool.PoolSnapshot;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Says {@code DOWN} while no backend, backups included, is healthy and may have traffic: the component {@code pool} of {@code
 * /actuator/health}.
 *
 * <p>What becomes of it depends on who asks, as users of Spring Boot know it:
 *
 * <ul>
 *   <li>{@code /actuator/health/readiness} includes it: GoAround without a healthy backend should get no traffic.
 *   <li>{@code /actuator/health/liveness} does not: a restart of GoAround mends no backend, so whatever kills and
 *       restarts (the image's {@code HEALTHCHECK}, an orchestrator's liveness probe) must ask this one.
 *   <li>{@code /actuator/health} is the sum for monitoring and includes it, {@code DOWN} and 503: an answer of {@code
 *       UP} while every request gets 503 would be a lie. It names its components, so that the reader sees which one is
 *       down.
 * </ul>
 *
 * <p>Its details are counts; which backends are meant, and where they are, is the status endpoint's to say.
 */
final class PoolHealthIndicator implements HealthIndicator {

    private final BackendPool pool;

    PoolHealthIndicator(BackendPool pool) {
        this.pool = pool;
    }

    @Override
    public Health health() {
        PoolSnapshot now = pool.snapshot();
        List<Member> members = now.members();
        long healthy = members.stream().filter(Member::available).count();
        long draining = members.stream()
                .filter(member -> member.label().equals(OperatorState.DRAINING.label()))
                .count();
        return (now.anyHealthy() ? Health.up() : Health.down())
                .withDetail("healthy", healthy)
                .withDetail("draining", draining)
                .withDetail("backends", members.size())
                .build();
    }
}
