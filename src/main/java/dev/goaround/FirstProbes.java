package dev.goaround;

import dev.goaround.health.HealthChecker;
import dev.goaround.membership.Membership;
import dev.goaround.membership.Names;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/** Probes every backend once before the traffic port opens, so that the first requests go to backends that are well. */
final class FirstProbes implements SmartLifecycle {

    private final Names names;
    private final HealthChecker checker;
    private final Membership membership;
    private volatile boolean running;

    FirstProbes(Names names, HealthChecker checker, Membership membership) {
        this.names = names;
        this.checker = checker;
        this.membership = membership;
    }

    @Override
    public void start() {
        names.firstRound().block();
        membership.started();
        checker.firstRound().block();
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Just before the web server, which is the last phase but one to start. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1;
    }
}
