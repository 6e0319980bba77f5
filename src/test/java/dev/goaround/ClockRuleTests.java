package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who reads the time of the wall, which operators and NTP set back and forth: nothing may be due, expire or be measured by it. */
class ClockRuleTests {

    private static final String ROOT = "dev.goaround.";

    /** Classes that say when something was, or compare with a time that others have written down, each with its reason. */
    private static final Map<String, String> STAMPS = Map.ofEntries(
            Map.entry("GoAroundConfiguration", "makes the clocks"),
            Map.entry("settings.SteadyClock", "starts with the time of the wall"),
            Map.entry("BackgroundJobs", "certificates expire by the time of the wall"),
            Map.entry("listen.OcspStaple", "OCSP responses expire by the time of the wall"),
            Map.entry("listen.HttpDate", "the field Date"),
            Map.entry("listen.Tracking", "ids of requests begin with the time"),
            Map.entry("config.ConfigurationReload", "says when the configuration was read"),
            Map.entry("membership.Membership", "says when a source changed"),
            Map.entry("observe.EventLog", "says when something happened"),
            Map.entry("admin.StateFile", "says when it was saved"),
            Map.entry("proxy.AccessRecorder", "says when a request came"),
            Map.entry("proxy.Inquest", "says when a request failed, and reads dates of Retry-After"));

    /** Classes that measure by instants, and are therefore given a {@link dev.goaround.settings.SteadyClock}. */
    private static final Set<String> STEADY = Set.of(
            "admin.GoAroundEndpoint",
            "balance.Growth",
            "balance.LatencyTracks",
            "health.BackendVersions",
            "health.HealthMonitor",
            "health.ProbeSchedule",
            "http3.RetryTokens",
            "membership.Names",
            "pool.Backend",
            "pool.BackendPool",
            "upstream.Departures",
            "upstream.HttpProbe");

    /** Classes that ask the system itself, of those above. */
    private static final Set<String> ASK_THE_SYSTEM =
            Set.of("GoAroundConfiguration", "settings.SteadyClock", "listen.HttpDate", "listen.Tracking");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(location -> !location.contains("test-classes"))
            .importPackages("dev.goaround");

    @Test
    void onlyTheseClassesReadAClock() {
        assertThat(users(ClockRuleTests::readsTime))
                .containsExactlyInAnyOrderElementsOf(Stream.concat(STAMPS.keySet().stream(), STEADY.stream())
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void onlyTheseClassesAskTheSystem() {
        assertThat(users(ClockRuleTests::asksTheSystem)).containsExactlyInAnyOrderElementsOf(ASK_THE_SYSTEM);
    }

    private Set<String> users(Predicate<AccessTarget> time) {
        Set<String> users = new TreeSet<>();
        for (JavaClass type : classes) {
            boolean uses = Stream.concat(
                            type.getMethodCallsFromSelf().stream(), type.getMethodReferencesFromSelf().stream())
                    .anyMatch(access -> time.test(access.getTarget()));
            if (uses) {
                users.add(type.getName().substring(ROOT.length()).replaceFirst("\\$.*", ""));
            }
        }
        return users;
    }

    private static boolean readsTime(AccessTarget target) {
        boolean clock = target.getOwner().isAssignableTo(Clock.class)
                || target.getOwner().isEquivalentTo(InstantSource.class);
        return asksTheSystem(target) || (clock && Set.of("instant", "millis").contains(target.getName()));
    }

    private static boolean asksTheSystem(AccessTarget target) {
        String owner = target.getOwner().getName();
        return target.getFullName().startsWith("java.lang.System.currentTimeMillis(")
                || (owner.startsWith("java.time.") && target.getName().equals("now"))
                || (owner.equals("java.time.Clock") && target.getName().startsWith("system"));
    }
}
