package dev.goaround.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/** A real browser without a window: Chromium, driven by ChromeDriver, as Debian installs them. */
public final class Browser implements AutoCloseable {

    /** Nothing that it does on its own, most of which would go to its maker. */
    private static final List<String> QUIET = List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1400,1100");

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Opens one; where none is installed the test is skipped and says so, but not in continuous integration. */
    public static Browser open() {
        Path chromium = Programs.require("chromium", "chromium");
        Path driver = Programs.require("chromedriver", "chromium-driver");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium.toFile());
        options.addArguments(QUIET);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.toFile())
                .usingAnyFreePort()
                .build();
        ChromeDriver opened = new ChromeDriver(service, options);
        opened.manage().timeouts().scriptTimeout(Patience.AMPLE).pageLoadTimeout(Patience.AMPLE);
        return new Browser(opened);
    }

    public void load(String url) {
        driver.get(url);
    }

    /** Shows pages as to somebody who prefers dark ones. */
    public void dark() {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
    }

    /** Shows pages as on a screen that is so wide. */
    public void width(int pixels) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", pixels, "height", 800, "deviceScaleFactor", 1, "mobile", false));
    }

    /** Lets pages do without their scripts. */
    public void withoutScripts() {
        driver.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", true));
    }

    /** The text of an element. */
    public String text(String selector) {
        return element(selector).getText();
    }

    public int count(String selector) {
        return driver.findElements(By.cssSelector(selector)).size();
    }

    public void click(String selector) {
        element(selector).click();
    }

    public void type(String selector, String text) {
        element(selector).sendKeys(text);
    }

    /** Waits until the text of an element contains this. */
    public void await(String selector, String part) {
        Awaitility.await(selector + " says " + part)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> text(selector).contains(part));
    }

    /** Runs a script in the page and returns what it returns. */
    public Object run(String script) {
        return Objects.requireNonNull(driver.executeScript(script));
    }

    /** What axe finds against this page, a line each. */
    public List<?> accessibilityProblems() throws IOException {
        try (var axe = Browser.class.getResourceAsStream("/axe.min.js")) {
            // By the driver, as the page itself runs nothing but its own script.
            driver.executeScript(new String(Objects.requireNonNull(axe).readAllBytes(), StandardCharsets.UTF_8));
        }
        return (List<?>)
                Objects.requireNonNull(
                        driver.executeAsyncScript(
                                "const done = arguments[arguments.length - 1];"
                                        + "axe.run().then(found => done(found.violations.map(rule => rule.id + ': '"
                                        + " + rule.nodes.map(node => node.html.slice(0, 200) + ' ' + (node.failureSummary || '')).join(' | '))));"));
    }

    /** Keeps a picture of the page. */
    public void picture(Path file) throws IOException {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    }

    private WebElement element(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
