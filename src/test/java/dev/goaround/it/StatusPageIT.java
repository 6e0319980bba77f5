package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.BackendProcess;
import dev.goaround.testing.Browser;
import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.Quickest;
import dev.goaround.testing.SpringBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The status page in a real browser. */
@Isolated("measures, and browsers load the machine")
class StatusPageIT {

    private static Browser browser;

    @BeforeAll
    static void open() {
        browser = Browser.open();
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
    }

    private static void show(GoAround goAround) {
        browser.load("http://localhost:" + goAround.managementPort() + "/");
    }

    /** The row of a backend. */
    private static String row(BackendProcess backend, String cell) {
        return "#backends tr[data-id='" + backend.id() + "'] " + cell;
    }

    @Test
    void saysWithinThreeSecondsThatABackendWasKilled() throws Exception {
        try (BackendProcess one = BackendProcess.start("one");
                BackendProcess other = BackendProcess.start("other");
                GoAround goAround = Launch.over(List.of(one, other))) {
            show(goAround);
            Duration bound = Duration.ofSeconds(3);
            other.kill();
            assertThat(Quickest.of(bound, () -> {
                        BackendProcess.restart(other);
                        browser.await("#verdict-words", "All 2 backends are healthy.");
                        browser.await(row(other, ".state"), "healthy");
                        return saidOfTheKilled(goAround, other);
                    }))
                    .isLessThanOrEqualTo(bound);
            assertThat(browser.text("#verdict-words")).contains(other.id());
            assertThat(browser.text(row(other, ".cause"))).isNotEmpty();
        }
    }

    private static Duration saidOfTheKilled(GoAround goAround, BackendProcess other) {
        other.kill();
        for (int i = 0; i < 4; i++) {
            assertThat(goAround.get("/").status()).isEqualTo(200);
        }
        long began = System.nanoTime();
        browser.await(row(other, ".state"), "degraded");
        browser.await("#verdict-words", "1 of 2 backends is ill");
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Test
    void drainsAndReadiesBackendsByItsButtons() throws Exception {
        try (BackendProcess one = BackendProcess.start("one");
                BackendProcess other = BackendProcess.start("other");
                GoAround goAround = Launch.over(List.of(one, other))) {
            show(goAround);
            browser.await(row(one, ".state"), "healthy");

            browser.click("button[aria-label='Drain " + one.id() + "']");
            browser.await("#confirm-lines", one.id());
            assertThat(goAround.state(one)).as("it was asked only").isEqualTo("healthy");
            browser.click("#confirm-yes");
            browser.await(row(one, ".state"), "draining");
            assertThat(goAround.state(one)).isEqualTo("draining");
            browser.await("#connection", "Done");
            for (int i = 0; i < 10; i++) {
                assertThat(goAround.get("/").body()).contains("other");
            }

            browser.click("button[aria-label='Ready " + one.id() + "']");
            browser.await("#confirm-lines", one.id());
            browser.click("#confirm-yes");
            browser.await(row(one, ".state"), "healthy");
            assertThat(goAround.state(one)).isEqualTo("healthy");
        }
    }

    @Test
    void showsTwoHundredBackendsAndFindsOne() {
        List<String> flags = new ArrayList<>(List.of("-p", "0", "--management-port", "0"));
        for (int i = 1; i <= 200; i++) {
            flags.addAll(List.of("-b", "http://127.0.0.1:" + i));
        }
        try (GoAround goAround = Launch.of(flags.toArray(new String[0])).start()) {
            show(goAround);
            browser.await("#backends tbody tr[data-id='127.0.0.1-200'] .state", "degraded");
            assertThat(browser.count("#backends tbody tr")).isEqualTo(200);
            System.out.println("200 backends were drawn after "
                    + browser.run("return performance.getEntriesByName('drawn')[0].startTime") + " ms");

            browser.type("#filter", "127.0.0.1-77");
            browser.await("#backends tbody tr th", "127.0.0.1-77");
            assertThat(browser.count("#backends tbody tr")).isOne();
        }
    }

    @Test
    void takesNothingOfABackendForMarkup() {
        String hostile = "<img src=x onerror=\"document.title='owned'\">";
        try (SpringBackend backend = SpringBackend.start("a", hostile);
                GoAround goAround = Launch.of(
                                "-p=0", "--management-port=0", "-b=" + backend.url(), "--goaround.health.spring=true")
                        .start()) {
            show(goAround);
            browser.await("#backends tbody th small", "<img src=x");
            assertThat(browser.count("img")).isZero();
            assertThat(browser.run("return document.title")).isEqualTo("GoAround");
        }
    }

    @Test
    void everybodyCanUseIt() throws Exception {
        try (BackendProcess one = BackendProcess.start("one");
                BackendProcess other = BackendProcess.start("other");
                GoAround goAround = Launch.over(List.of(one, other))) {
            other.kill();
            for (int i = 0; i < 20; i++) {
                goAround.get("/");
            }
            show(goAround);
            browser.await(row(other, ".state"), "degraded");
            browser.await("#failures-list", "GET /");
            assertThat(browser.accessibilityProblems()).isEmpty();
            browser.picture(Path.of("target", "status-page.png"));
            browser.click("button[aria-label='Disable " + one.id() + "']");
            browser.await("#confirm-heading", "Disable");
            assertThat(browser.accessibilityProblems()).isEmpty();
        }
        try (Browser dark = Browser.open();
                BackendProcess one = BackendProcess.start("one");
                GoAround goAround = Launch.over(List.of(one))) {
            dark.dark();
            dark.load("http://localhost:" + goAround.managementPort() + "/");
            dark.await("#verdict-words", "The backend is healthy.");
            assertThat(dark.accessibilityProblems()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {320, 768, 1400})
    void nothingIsCutOffHoweverWideTheScreenIs(int width) throws Exception {
        try (Browser screen = Browser.open();
                BackendProcess one = BackendProcess.start("one");
                GoAround goAround = Launch.over(
                        List.of(one), "-b", "http://localhost:9/a/rather/long/base/path/that/has/no/place/to/break")) {
            screen.width(width);
            screen.load("http://localhost:" + goAround.managementPort() + "/");
            screen.await(row(one, ".state"), "healthy");
            assertThat(goAround.get("/").status()).isEqualTo(200);
            screen.await("#backends", "ms");
            assertThat(screen.run("const page = document.documentElement; return page.scrollWidth > page.clientWidth"))
                    .isEqualTo(false);
            // What is wider than the screen can be scrolled to, by the keyboard as well; on narrow ones nothing is.
            assertThat(
                            screen.run(
                                    "const table = document.querySelector('.wide'); return table.scrollWidth > table.clientWidth"))
                    .isEqualTo(width == 768);
            assertThat(screen.run("return document.querySelector('.wide').tabIndex"))
                    .isEqualTo(0L);
            screen.click("button[aria-label='Drain " + one.id() + "']");
            screen.await("#confirm-lines", one.id());
            assertThat(screen.accessibilityProblems()).isEmpty();
            screen.picture(Path.of("target", "status-page-" + width + ".png"));
        }
    }

    @Test
    void isWholeWithoutItsScript() throws Exception {
        try (Browser plain = Browser.open();
                BackendProcess one = BackendProcess.start("one");
                GoAround goAround = Launch.over(List.of(one))) {
            plain.withoutScripts();
            plain.load("http://localhost:" + goAround.managementPort() + "/");
            assertThat(plain.text("#verdict-words")).isEqualTo("The backend is healthy.");
            assertThat(plain.text("#backends tbody")).contains(one.id(), "healthy", "probe answered 200", "0 of 1024");
        }
    }
}
