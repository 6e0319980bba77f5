package dev.goaround;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/** The package table of docs/design.md, held by the build. */
class ArchitectureTests {

    private static final String ROOT = "dev.goaround";

    /** Who may depend on whom. A package that is not named here fails the test. */
    private static final Map<String, Set<String>> TABLE = Map.ofEntries(
            Map.entry("settings", Set.of()),
            Map.entry("tracing", Set.of("http", "listen", "pool", "settings")),
            Map.entry("accesslog", Set.of("settings")),
            Map.entry("pool", Set.of()),
            Map.entry("http", Set.of("settings")),
            Map.entry("http2", Set.of("http", "settings")),
            Map.entry("http3", Set.of("http")),
            Map.entry("listen", Set.of("http", "http2", "http3", "settings")),
            Map.entry("balance", Set.of("pool", "settings")),
            Map.entry("health", Set.of("pool", "settings")),
            Map.entry("retry", Set.of("pool", "settings")),
            Map.entry("limit", Set.of("pool", "settings")),
            Map.entry("membership", Set.of("pool", "settings")),
            Map.entry("observe", Set.of("pool", "health", "retry")),
            Map.entry("upstream", Set.of("http", "http2", "pool", "health", "settings")),
            Map.entry(
                    "proxy",
                    Set.of(
                            "http",
                            "listen",
                            "pool",
                            "balance",
                            "retry",
                            "limit",
                            "upstream",
                            "observe",
                            "accesslog",
                            "tracing",
                            "settings")),
            Map.entry(
                    "config",
                    Set.of(
                            "http2",
                            "accesslog",
                            "tracing",
                            "settings",
                            "admin",
                            "pool",
                            "balance",
                            "health",
                            "retry",
                            "limit",
                            "membership",
                            "upstream",
                            "http",
                            "listen",
                            "proxy")),
            Map.entry("admin", Set.of("pool", "health", "retry", "observe", "membership", "settings")),
            Map.entry("page", Set.of("admin", "health", "limit", "observe", "pool")),
            Map.entry("cli", Set.of("config", "settings", "membership", "pool")),
            Map.entry("dns", Set.of("membership", "settings", "upstream")),
            Map.entry("metrics", Set.of("accesslog", "config", "http", "listen", "limit", "observe", "pool", "retry")),
            Map.entry("demo", Set.of()));

    private static final Set<String> CORE =
            Set.of("settings", "pool", "balance", "health", "retry", "limit", "membership", "observe", "accesslog");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void packagesDependOnlyOnWhomTheTableNames() {
        TABLE.forEach((name, allowed) -> {
            String[] mayUse = Stream.concat(Stream.of(name), allowed.stream())
                    .map(ArchitectureTests::inside)
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(inside(name))
                    .should()
                    .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAnyPackage(mayUse))))
                    .check(classes);
        });
    }

    @Test
    void everyPackageIsInTheTable() {
        assertThat(classes.stream()
                        .map(type -> type.getPackageName())
                        .filter(name -> !name.equals(ROOT))
                        .map(name -> name.substring(ROOT.length() + 1))
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(TABLE.keySet());
    }

    @Test
    void packagesAreFreeOfCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void theCoreKnowsNeitherSpringNorNetty() {
        for (String name : CORE) {
            noClasses()
                    .that()
                    .resideInAPackage(inside(name))
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("org.springframework..", "io.netty..", "reactor.netty..")
                            .and(not(type(DefaultValue.class).or(type(DataSize.class)))))
                    .check(classes);
        }
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameStartingWith("Abstract")
                .check(classes);
    }

    @Test
    void settingsAreRecords() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Settings")
                .and(not(resideInAnyPackage(inside("cli"), inside("config"))))
                .should()
                .beRecords()
                .check(classes);
    }

    private static String inside(String name) {
        return ROOT + "." + name + "..";
    }
}
