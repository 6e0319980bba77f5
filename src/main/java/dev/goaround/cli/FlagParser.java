package dev.goaround.cli;

import dev.goaround.settings.Nearest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Reads a command line into {@link Flags}. For one command line. */
final class FlagParser {

    /** As everywhere in Spring Boot; a property's name has a dot, a flag's has none. */
    private static final Pattern PROPERTY = Pattern.compile("--[^=.-][^=.]*\\.[^=]+(=.*)?", Pattern.DOTALL);

    /** Whatever the case, with an index or without. */
    private static final Pattern BACKENDS = Pattern.compile("(?i)--goaround\\.backends([.\\[].*)?");

    private static final Pattern NUMBER = Pattern.compile("-[0-9].*");

    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final List<String> properties = new ArrayList<>();
    private final Set<Flag> requests = EnumSet.noneOf(Flag.class);
    private final List<String> mistakes = new ArrayList<>();

    /** What is left for picocli, which knows only the documented spelling of a flag. */
    private final List<String> known = new ArrayList<>();

    private FlagParser() {}

    static Flags parse(String... args) {
        return new FlagParser().read(List.of(args));
    }

    /** Returns picocli's picture of the command line, for reading it and for the help. */
    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("goaround");
        for (Flag flag : Flag.values()) {
            spec.addOption(flag.option());
        }
        spec.parser()
                .collectErrors(true)
                .posixClusteredShortOptionsAllowed(false)
                .unmatchedArgumentsAllowed(true)
                .overwrittenOptionsAllowed(true);
        return spec;
    }

    private Flags read(List<String> args) {
        sort(args);
        ParseResult result = new CommandLine(spec()).setExpandAtFiles(false).parseArgs(known.toArray(new String[0]));
        result.unmatched().forEach(stray -> mistakes.add(stray + ": unexpected argument, flags begin with a dash"));
        for (Flag flag : Flag.values()) {
            OptionSpec option = result.matchedOption(flag.names().get(0));
            if (option != null) {
                take(flag, option.originalStringValues());
            }
        }
        backendsTwice();
        return new Flags(settings, origins, properties, requests, mistakes);
    }

    /** A list is taken from one source as a whole, so that those of the flags would silently replace the others. */
    private void backendsTwice() {
        String flag = origins.get(Flag.BACKEND.key() + "[0]");
        Optional<String> property = properties.stream()
                .map(argument -> argument.split("=", 2)[0])
                .filter(name -> BACKENDS.matcher(name).matches())
                .findFirst();
        if (flag != null && property.isPresent()) {
            mistakes.add(property.get() + ": not together with " + flag + ", give all backends in the same way");
        }
    }

    /** Puts aside what is Spring Boot's, notes what is nobody's, and writes the rest with the documented dashes. */
    private void sort(List<String> args) {
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            String next = i + 1 < args.size() ? args.get(i + 1) : "";
            String name = arg.contains("=") ? arg.substring(0, arg.indexOf('=')) : arg;
            Optional<Flag> flag = Flag.named(name);
            if (flag.isPresent()) {
                i += flag(flag.get(), arg, name, next);
            } else if (PROPERTY.matcher(arg).matches()) {
                properties.add(arg);
            } else if (isFlag(arg)) {
                mistakes.add(name + ": unknown flag" + suggestion(name));
                // What follows is probably the value of that flag, and no mistake of its own.
                i += name.equals(arg) && !isFlag(next) ? 1 : 0;
            } else {
                known.add(arg);
            }
        }
    }

    /** Returns how many arguments more than the flag itself were used. */
    private int flag(Flag flag, String arg, String name, String next) {
        String spelling = flag.spelling(name);
        boolean attached = !name.equals(arg);
        if (!flag.takesValue()) {
            if (attached) {
                mistakes.add(arg + ": the flag takes no value");
            } else {
                known.add(spelling);
            }
            return 0;
        }
        String value = attached ? arg.substring(name.length() + 1) : next;
        if (value.isBlank() || (!attached && isFlag(next))) {
            mistakes.add(spelling + ": needs a value, " + spelling + " " + flag.label());
            return attached || isFlag(next) ? 0 : 1;
        }
        known.add(spelling);
        known.add(value);
        return attached ? 0 : 1;
    }

    private void take(Flag flag, List<String> values) {
        String key = flag.key();
        if (key == null) {
            requests.add(flag);
            return;
        }
        String typed = flag.names().stream().filter(known::contains).findFirst().orElseThrow();
        for (int i = 0; i < values.size(); i++) {
            String element = flag.repeatable() ? key + "[" + i + "]" : key;
            String before = settings.putIfAbsent(element, values.get(i));
            origins.put(element, typed);
            if (before != null && flag.takesValue()) {
                mistakes.add(typed + " " + values.get(i) + ": given already, as " + before);
            }
        }
    }

    private static boolean isFlag(String arg) {
        return arg.startsWith("-") && !NUMBER.matcher(arg).matches();
    }

    private static String suggestion(String name) {
        if (name.matches("-[^-].*\\..*")) {
            return ", did you mean -" + name + "?";
        }
        // One letter is near to every other.
        Map<String, String> names = new LinkedHashMap<>();
        Flag.allNames().stream()
                .filter(known -> Flag.bare(known).length() > 1)
                .forEach(known -> names.putIfAbsent(Flag.bare(known), known));
        return Nearest.to(Flag.bare(name), names.keySet())
                .map(near -> ", did you mean " + names.get(near) + "?")
                .orElse(", --help lists them");
    }
}
