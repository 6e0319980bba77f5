package dev.goaround.settings;

import java.util.Collection;
import java.util.Optional;

/** The known name nearest to a mistyped one, by edit distance. */
public final class Nearest {

    private Nearest() {}

    /** Returns the nearest name unless even that one differs in more than a third of its letters, or in four. */
    public static Optional<String> to(String typed, Collection<String> known) {
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String name : known) {
            int distance = distance(typed, name);
            if (distance < least) {
                least = distance;
                best = name;
            }
        }
        return best == null || least > Math.max(1, Math.min(3, best.length() / 3))
                ? Optional.empty()
                : Optional.of(best);
    }

    /** How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one into the other. */
    public static int distance(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean same = from.charAt(i - 1) == to.charAt(j - 1);
                int edited = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
                cost[i][j] = Math.min(edited, cost[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[from.length()][to.length()];
    }
}
