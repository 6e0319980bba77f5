package dev.goaround.admin;

import dev.goaround.membership.OperatorLayer;
import dev.goaround.membership.OperatorWord;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.OperatorState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The file that keeps what operators have said over restarts ({@code goaround.management.state-file}), or none. */
public final class StateFile {

    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private static final int VERSION = 1;

    private final @Nullable Path file;
    private final Clock clock;

    // Written by one thread at a time, which changes the membership.
    private volatile @Nullable Instant savedAt;
    private volatile @Nullable String mistake;

    public StateFile(@Nullable Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
    }

    /** Returns what is wrong with a file that is to be read at start and written later, or null. */
    public static @Nullable String fault(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return "there is no such folder";
        }
        if (!Files.isWritable(folder)) {
            return "its folder can't be written to, which a change of the file takes";
        }
        if (!Files.exists(file)) {
            return null;
        }
        try {
            read(file);
            return null;
        } catch (IOException e) {
            return "cannot be read";
        } catch (RefusedRequestException | JacksonException e) {
            String why = e instanceof JacksonException json ? json.getOriginalMessage() : e.getMessage();
            return "is not a file of GoAround's that keeps changes: " + why;
        }
    }

    /** Returns what operators had said before the restart; nothing if there is no file. */
    public OperatorLayer read() throws IOException {
        return file == null || !Files.exists(file) ? OperatorLayer.EMPTY : read(file);
    }

    private static OperatorLayer read(Path file) throws IOException {
        JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
        JsonNode version = root.get("version");
        JsonNode backends = root.get("backends");
        if (version == null || backends == null || !backends.isArray()) {
            throw RefusedRequestException.badRequest("expected an object with a version and backends");
        }
        if (!version.isIntegralNumber() || version.intValue() != VERSION) {
            throw RefusedRequestException.badRequest("its version is " + version + ", expected " + VERSION);
        }
        Map<String, OperatorWord> words = new LinkedHashMap<>();
        for (JsonNode node : backends) {
            JsonNode endpoint = node.get("endpoint");
            if (endpoint == null || !endpoint.isString()) {
                throw RefusedRequestException.badRequest("a backend has no endpoint");
            }
            words.put(endpoint.stringValue(), BackendsBody.of(node).word());
        }
        return new OperatorLayer(words);
    }

    /** Writes what operators have said, as a whole or not at all. A failure is told, and shown; what they have said counts all the same. */
    public void write(OperatorLayer layer) {
        if (file == null) {
            return;
        }
        try {
            replace(file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json(layer)));
            savedAt = clock.instant();
            mistake = null;
        } catch (IOException e) {
            mistake = "could not be written: " + e.getClass().getSimpleName();
            LOG.error("goaround.management.state-file {} {}; a restart will not know of the change", file, mistake);
            LOG.debug("state file", e);
        }
    }

    private static void replace(Path file, byte[] content) throws IOException {
        // Where the name is a link, what it leads to is replaced, and not the link.
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        FileAttribute<?>[] mine =
                target.getFileSystem().supportedFileAttributeViews().contains("posix")
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0];
        Path next = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".tmp", mine);
        try {
            try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    private static ObjectNode json(OperatorLayer layer) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("version", VERSION);
        ArrayNode backends = root.putArray("backends");
        layer.words().forEach((endpoint, word) -> {
            ObjectNode node = backends.addObject().put("endpoint", endpoint);
            BackendSpec added = word.added();
            if (added != null) {
                ObjectNode spec = node.putObject("added")
                        .put("url", added.uri().toString())
                        .put("weight", added.weight());
                limit(spec, added.maxConnections())
                        .put("backup", added.backup())
                        .put("protocol", added.protocol().name().toLowerCase(Locale.ROOT))
                        .put("priority", added.priority());
                if (added.zone() != null) {
                    spec.put("zone", added.zone());
                }
            }
            if (word.removed()) {
                node.put("removed", true);
            }
            if (word.weight() != null) {
                node.put("weight", word.weight());
            }
            if (word.maxConnections() != null) {
                limit(node, word.maxConnections());
            }
            if (word.state() != OperatorState.READY) {
                node.put("state", word.state().label());
            }
        });
        return root;
    }

    private static ObjectNode limit(ObjectNode node, MaxConnections limit) {
        return limit.adaptive()
                ? node.put("maxConnections", limit.toString())
                : node.put("maxConnections", limit.most());
    }

    /** What the status shows of the file, or null if there is none. */
    @Nullable
    StateFileView view() {
        return file == null ? null : new StateFileView(file.toString(), savedAt, mistake);
    }
}
