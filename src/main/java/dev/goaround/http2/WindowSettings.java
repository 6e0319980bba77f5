package dev.goaround.http2;

import dev.goaround.settings.Requirements;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How wide the receive windows of HTTP/2 grow ({@code goaround.window.*}).
 *
 * @param stream Widest window of a stream, to which it grows from 64KB for a path that is fast and long; 64KB lets none grow.
 * @param connection Most bytes by which the windows of all streams of one connection grow.
 * @param memory Most bytes by which all windows grow. Unset means an eighth of the heap.
 */
public record WindowSettings(
        @DefaultValue("4MB") DataSize stream,
        @DefaultValue("16MB") DataSize connection,
        @Nullable DataSize memory) {

    private static final DataSize MAX_STREAM = DataSize.ofMegabytes(64);
    private static final DataSize MAX_CONNECTION = DataSize.ofGigabytes(1);

    public WindowSettings {
        DataSize min = DataSize.ofBytes(ReceiveWindow.OF_STREAM);
        new Requirements("goaround.window")
                .that(within(stream, min, MAX_STREAM), "stream", stream, "expected 64KB to 64MB")
                .that(within(connection, min, MAX_CONNECTION), "connection", connection, "expected 64KB to 1GB")
                .that(memory == null || !memory.isNegative(), "memory", memory, "expected >= 0B")
                .enforce();
    }

    private static boolean within(DataSize size, DataSize min, DataSize max) {
        return size.compareTo(min) >= 0 && size.compareTo(max) <= 0;
    }

    /** Returns the settings under which no window grows. */
    public static WindowSettings fixed() {
        DataSize least = DataSize.ofBytes(ReceiveWindow.OF_STREAM);
        return new WindowSettings(least, least, DataSize.ofBytes(0));
    }

    long memory(long heap) {
        return memory == null ? heap / 8 : memory.toBytes();
    }
}
