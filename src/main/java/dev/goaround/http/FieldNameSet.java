package dev.goaround.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A set of field names that knows each in all its spellings: letters in either case, and any other character for the hyphen.
 *
 * <p>Gateway interfaces write names in capitals with {@code _} for {@code -} (RFC 3875 section 4.1.18). Applications behind CGI,
 * FastCGI, WSGI, Rack or PHP can't tell {@code X_Real_IP} from {@code X-Real-IP}, therefore; nor {@code X.Real.IP} behind servers
 * that write {@code _} for everything that is neither letter nor digit, or with PHP, which does so for the full stop.
 *
 * <p>A name costs two characters looked at, for nearly all that are not in the set, and otherwise one hash over its length.
 * Immutable.
 */
public final class FieldNameSet {

    private static final String WILDCARD = "*";

    /** Which pairs of characters begin a member, see {@link #pair}. */
    private final BitSet beginnings = new BitSet(1024);
    /** Lengths of the beginnings that stand for all names with them. */
    private final BitSet prefixLengths = new BitSet(64);

    private final @Nullable String[] names;
    private final @Nullable String[] prefixes;

    /** @param members names of at least two characters; those that end with an asterisk stand for all names that begin so */
    public FieldNameSet(List<String> members) {
        names = table(members.size());
        prefixes = table(members.size());
        for (String member : members) {
            boolean prefix = member.endsWith(WILDCARD);
            String folded = folded(prefix ? member.substring(0, member.length() - 1) : member);
            beginnings.set(pair(folded));
            add(prefix ? prefixes : names, folded);
            if (prefix) {
                prefixLengths.set(folded.length());
            }
        }
    }

    /** Whether the name is in the set, however it is spelled. */
    public boolean contains(CharSequence name) {
        int length = name.length();
        if (length < 2 || !beginnings.get(pair(name))) {
            return false;
        }
        int hash = 0; // As String.hashCode makes it, so that members need no hash of their own.
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + fold(name.charAt(i));
            if (prefixLengths.get(i + 1) && holds(prefixes, hash, name, i + 1)) {
                return true;
            }
        }
        return holds(names, hash, name, length);
    }

    /** Whether any of the fields is in the set. */
    public boolean anyIn(HttpHeaders fields) {
        Iterator<Map.Entry<CharSequence, CharSequence>> each = fields.iteratorCharSequence();
        while (each.hasNext()) {
            if (contains(each.next().getKey())) {
                return true;
            }
        }
        return false;
    }

    /** Removes the fields that are in the set. */
    public void removeFrom(HttpHeaders fields) {
        removeFrom(fields, false);
    }

    /** Removes the fields that are in the set by another spelling than with hyphens. */
    public void removeOtherSpellingsFrom(HttpHeaders fields) {
        removeFrom(fields, true);
    }

    private void removeFrom(HttpHeaders fields, boolean onlyOtherSpellings) {
        List<CharSequence> found = null;
        Iterator<Map.Entry<CharSequence, CharSequence>> each = fields.iteratorCharSequence();
        while (each.hasNext()) {
            CharSequence name = each.next().getKey();
            if (contains(name) && !(onlyOtherSpellings && plain(name))) {
                found = found == null ? new ArrayList<>(4) : found;
                found.add(name);
            }
        }
        if (found != null) {
            found.forEach(fields::remove);
        }
    }

    private static boolean plain(CharSequence name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '-' && fold(c) == '-') {
                return false;
            }
        }
        return true;
    }

    /** A table at most half full, for open addressing. */
    private static @Nullable String[] table(int entries) {
        return new String[Integer.highestOneBit(Math.max(1, entries)) * 4];
    }

    private static void add(@Nullable String[] table, String entry) {
        int slot = slot(table, entry.hashCode());
        while (table[slot] != null) {
            slot = (slot + 1) & (table.length - 1);
        }
        table[slot] = entry;
    }

    private static int slot(@Nullable String[] table, int hash) {
        return (hash ^ (hash >>> 16)) & (table.length - 1);
    }

    private static boolean holds(@Nullable String[] table, int hash, CharSequence name, int length) {
        int slot = slot(table, hash);
        for (String entry = table[slot]; entry != null; entry = table[slot]) {
            if (entry.hashCode() == hash && same(entry, name, length)) {
                return true;
            }
            slot = (slot + 1) & (table.length - 1);
        }
        return false;
    }

    private static boolean same(String entry, CharSequence name, int length) {
        if (entry.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (entry.charAt(i) != fold(name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static String folded(String name) {
        StringBuilder folded = new StringBuilder(name.length());
        name.chars().forEach(c -> folded.append(fold((char) c)));
        return folded.toString();
    }

    private static int pair(CharSequence name) {
        return (fold(name.charAt(0)) & 31) << 5 | (fold(name.charAt(1)) & 31);
    }

    private static char fold(char c) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            return c;
        }
        return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : '-';
    }
}
