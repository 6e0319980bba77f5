package dev.goaround.admin;

import dev.goaround.settings.Mistake;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files that the settings of the management point to, read once at start so that a wrong one is told in a sentence. */
public final class ManagementFiles {

    private ManagementFiles() {}

    /** What is wrong with them. */
    public static List<Mistake> mistakes(ManagementSettings settings) {
        List<Mistake> mistakes = new ArrayList<>();
        Path token = settings.tokenFile();
        if (token != null) {
            add(mistakes, "token-file", token, AccessToken.fault(token));
        }
        Path state = settings.stateFile();
        if (state != null) {
            add(mistakes, "state-file", state, StateFile.fault(state));
        }
        return mistakes;
    }

    private static void add(List<Mistake> mistakes, String key, Path file, @Nullable String fault) {
        if (fault != null) {
            mistakes.add(new Mistake("goaround.management." + key, file.toString(), fault));
        }
    }
}
