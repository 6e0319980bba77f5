package dev.goaround.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** The text of {@code --help}. */
final class Help {

    private static final int COLUMNS = 80;

    private Help() {}

    static String text() {
        CommandSpec spec = FlagParser.spec();
        spec.usageMessage()
                .width(COLUMNS)
                .sortOptions(false)
                .sortSynopsis(false)
                .customSynopsis("java -jar goaround.jar [FLAGS] [--any.spring.property=VALUE ...]")
                .synopsisHeading("Usage: ")
                .description("", "Balances HTTP requests over backends.", "")
                .optionListHeading("Flags, with one dash or two, and a space or = before the value:%n")
                .footer(
                        "",
                        "Example:",
                        "  java -jar goaround.jar -p 3000 -b http://localhost:9000 \\",
                        "      -b http://localhost:9001",
                        "",
                        "Flags win over environment variables (GOAROUND_BACKENDS=http://a:1,http://b:2),",
                        "which win over application.yml in the working directory or in ./config.",
                        "Status: http://localhost:3001/actuator/goaround");
        return new CommandLine(spec).getUsageMessage(Ansi.OFF);
    }
}
