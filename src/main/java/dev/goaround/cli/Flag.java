package dev.goaround.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** A flag of the command line, and the setting that it stands for. */
enum Flag {
    PORT("-p --port", "PORT", "server.port", "Port that clients connect to (default 3000)."),
    BACKEND(
            "-b --backend",
            "URL",
            "goaround.backends",
            "A backend, such as http://localhost:9000. Give the flag once for each."),
    MAX_CONNECTIONS(
            "-n --max-connections",
            "COUNT",
            "goaround.upstream.max-connections",
            "Most connections to each backend (default 1024), or adaptive."),
    CACERT(
            "-cacert --cacert",
            "FILE",
            "goaround.tls.certificate",
            "Certificate chain for clients, PEM. Makes the port HTTPS."),
    PRIVKEY("-privkey --privkey", "FILE", "goaround.tls.private-key", "Its private key, PEM."),
    MANAGEMENT_PORT(
            "--management-port", "PORT", "management.server.port", "Port for status and health (default 3001)."),
    DEMO("--demo", null, "goaround.demo", "Start three demo backends inside the process."),
    CHECK("--check", null, null, "Read and check the configuration, print it, and exit: 0 if it is good, 2 if not."),
    HELP("-h --help", null, null, "Print this help."),
    VERSION("-V --version", null, null, "Print the version.");

    /** Separated by a space. */
    private final String names;

    private final @Nullable String label;
    private final @Nullable String key;
    private final String description;

    Flag(String names, @Nullable String label, @Nullable String key, String description) {
        this.names = names;
        this.label = label;
        this.key = key;
        this.description = description;
    }

    /** The names as documented. One dash or two, each of them works with either. */
    List<String> names() {
        return List.of(names.split(" ", -1));
    }

    /** The setting that the flag stands for; null if it asks for something to be printed. */
    @Nullable
    String key() {
        return key;
    }

    /** Whether the flag is followed by a value. */
    boolean takesValue() {
        return label != null;
    }

    /** Whether the flag may be given more than once. */
    boolean repeatable() {
        return this == BACKEND;
    }

    OptionSpec option() {
        OptionSpec.Builder option = OptionSpec.builder(names.split(" ", -1)).description(description);
        if (!takesValue()) {
            return option.type(boolean.class).arity("0").build();
        }
        option.paramLabel(label).arity("1");
        return (repeatable() ? option.type(List.class).auxiliaryTypes(String.class) : option.type(String.class))
                .build();
    }

    /** Returns the flag that this text names, whatever its dashes. */
    static Optional<Flag> named(String typed) {
        return Arrays.stream(values())
                .filter(flag ->
                        flag.names().stream().anyMatch(name -> bare(name).equals(bare(typed))))
                .filter(flag -> typed.startsWith("-"))
                .findFirst();
    }

    /** Returns the documented spelling of one of the flag's names. */
    String spelling(String typed) {
        return names().contains(typed)
                ? typed
                : names().stream()
                        .filter(name -> bare(name).equals(bare(typed)))
                        .findFirst()
                        .orElse(typed);
    }

    /** What its value is called in the help; empty if it takes none. */
    String label() {
        return label == null ? "" : label;
    }

    /** All documented names. */
    static List<String> allNames() {
        return Arrays.stream(values()).flatMap(flag -> flag.names().stream()).toList();
    }

    /** The name without its dashes. */
    static String bare(String name) {
        return name.replaceFirst("^--?(?=[^-])", "");
    }
}
