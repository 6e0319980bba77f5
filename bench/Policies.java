package dev.goaround.balance;

import dev.goaround.balance.PolicyPlot.Panel;
import dev.goaround.balance.Simulation.Result;
import dev.goaround.balance.Simulation.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The policies compared, and beside what theory says. Nobody is taken out, since it is the policies that are compared. Prints the
 * same each time; with a file's name it draws the plot there as well.
 */
public final class Policies {

    private static final double LOAD = 0.8;
    private static final int[] BACKENDS = {2, 5, 10, 30, 100, 300, 1000};
    private static final int[] BALANCERS = {1, 2, 4, 8, 16};

    /** All results so far, since the plot and the tables share some. */
    private static final Map<String, Result> RESULTS = new TreeMap<>();

    public static void main(String[] args) throws IOException {
        Locale.setDefault(Locale.ROOT);
        theory();
        sideBySide();
        odd();
        if (args.length > 0) {
            Files.writeString(Path.of(args[0]), PolicyPlot.svg(List.of(byBackends(), byBalancers())));
        }
    }

    private static void theory() {
        System.out.printf("%nWaiting time: one request at a time per backend, exponential service times, load %.1f%n", LOAD);
        for (int backends : new int[] {2, 10, 100, 1000}) {
            title(backends + " backends");
            for (String policy : Balancers.names()) {
                row("`" + policy + "`", result(Scenario.of(backends, 1, LOAD, 1), policy));
            }
            row("one queue for all (M/M/n)", Theory.oneQueue(backends, LOAD));
            row("two choices among infinitely many", Theory.twoChoices(LOAD));
            row("random (M/M/1)", Theory.oneQueue(1, LOAD));
        }
    }

    private static void sideBySide() {
        System.out.printf("%nThe same with 100 backends and several GoArounds side by side%n");
        for (int balancers : BALANCERS) {
            title(balancers + " GoArounds");
            for (String policy : Balancers.names()) {
                row("`" + policy + "`", result(Scenario.of(100, 1, LOAD, balancers), policy));
            }
        }
    }

    private static void odd() {
        System.out.printf("%nTen backends that serve four requests at a time each%n");
        Map<String, Scenario> scenarios = new TreeMap<>(Map.of(
                "1. exponential service times, load 0.8", Scenario.of(10, 4, 0.8, 1),
                "2. Pareto service times (shape 2.1), load 0.8", new Scenario(10, 4, 0.8, 1, true, 1, false, 1),
                "3. exponential, load 0.8, eight GoArounds", Scenario.of(10, 4, 0.8, 8),
                "4. one of ten is five times as slow, load 0.6", new Scenario(10, 4, 0.6, 1, false, 5, false, 1),
                "5. the same, eight GoArounds", new Scenario(10, 4, 0.6, 8, false, 5, false, 1),
                "6. one of ten fails after 1 ms, load 0.6", new Scenario(10, 4, 0.6, 1, false, 1, true, 1),
                "7. weights 1, 2 and 4, as fast as that, load 0.7", new Scenario(10, 4, 0.7, 1, false, 1, false, 1, 2, 4)));
        scenarios.forEach((name, scenario) -> {
            title(name);
            for (String policy : Balancers.names()) {
                row("`" + policy + "`", result(scenario, policy));
            }
        });
        row("one queue for all 40 places (M/M/40), load 0.8", Theory.oneQueue(40, 0.8));
    }

    private static Result result(Scenario scenario, String policy) {
        String key = policy + scenario + List.of(IntStream.of(scenario.weights()).boxed().toArray());
        key = key.replaceAll("\\[I@[0-9a-f]+", "");
        return RESULTS.computeIfAbsent(key, ignored -> new Simulation(scenario, policy).run());
    }

    private static void title(String text) {
        System.out.printf("%n| %s | mean time | mean wait | p99 | p99.9 | to the first backend |%n", text);
        System.out.println("| --- | --- | --- | --- | --- | --- |");
    }

    private static void row(String name, Result result) {
        System.out.printf(
                "| %s | %.2f ms | %.2f ms | %.1f ms | %.1f ms | %.2f %% |%n",
                name, result.time() * 10, result.waiting() * 10, result.p99() * 10, result.p999() * 10, result.toFirst() * 100);
    }

    private static void row(String name, Theory theory) {
        System.out.printf(
                "| %s | %.2f ms | %.2f ms | %.1f ms | %.1f ms | |%n",
                name,
                10 + theory.mean() * 10,
                theory.mean() * 10,
                theory.quantile(0.99) * 10,
                theory.quantile(0.999) * 10);
    }

    private static Panel byBackends() {
        Panel panel = new Panel("99th percentile of waiting time, one GoAround", "backends", BACKENDS);
        for (String policy : Balancers.names()) {
            panel.line(policy, IntStream.of(BACKENDS)
                    .mapToDouble(backends -> result(Scenario.of(backends, 1, LOAD, 1), policy).p99() * 10)
                    .toArray());
        }
        panel.line("M/M/n", IntStream.of(BACKENDS)
                .mapToDouble(backends -> Theory.oneQueue(backends, LOAD).quantile(0.99) * 10)
                .toArray());
        panel.line("two choices, theory", IntStream.of(BACKENDS)
                .mapToDouble(backends -> Theory.twoChoices(LOAD).quantile(0.99) * 10)
                .toArray());
        return panel;
    }

    private static Panel byBalancers() {
        Panel panel = new Panel("99th percentile of waiting time, 100 backends", "GoArounds side by side", BALANCERS);
        for (String policy : Balancers.names()) {
            panel.line(policy, IntStream.of(BALANCERS)
                    .mapToDouble(balancers -> result(Scenario.of(100, 1, LOAD, balancers), policy).p99() * 10)
                    .toArray());
        }
        return panel;
    }
}
