package dev.goaround.settings;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Locale;
import org.springframework.util.unit.DataSize;

/** The text of a setting's value in the form that a user would write: {@code 2s}, {@code least-requests}, {@code 3}. */
public final class SettingText {

    private SettingText() {}

    /** Returns the value as a user would write it. */
    public static String of(Object value) {
        if (value instanceof Duration duration) {
            return of(duration);
        }
        if (value instanceof Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        if (value instanceof DataSize size) {
            return size(size.toBytes());
        }
        return value.toString();
    }

    private static String size(long bytes) {
        String[] units = {"B", "KB", "MB", "GB", "TB"};
        int unit = 0;
        long count = bytes;
        while (unit < units.length - 1 && count != 0 && count % 1024 == 0) {
            count /= 1024;
            unit++;
        }
        return count + units[unit];
    }

    private static String of(Duration duration) {
        if (duration.getNano() % 1_000_000 != 0) {
            return duration.toString();
        }
        BigInteger seconds = BigInteger.valueOf(duration.getSeconds());
        return duration.getNano() == 0
                ? seconds + "s"
                // As long as a duration can be, which is more than a long of milliseconds can hold.
                : seconds.multiply(BigInteger.valueOf(1_000)).add(BigInteger.valueOf(duration.toMillisPart())) + "ms";
    }
}
