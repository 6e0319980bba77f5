package dev.goaround.config;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.goaround.testing.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SecretFilesTests {

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @TempDir
    private Path folder;

    @BeforeEach
    void listen() {
        log.start();
        logger().setAdditive(false);
        logger().addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger().detachAppender(log);
        logger().setAdditive(true);
    }

    @ParameterizedTest
    @CsvSource({
        "rw-------, ",
        "r--------, ",
        "rwx------, ",
        "rw---x--x, ",
        "rw-r-----, readable by its group (mode 0640)",
        "rw-rw----, writable by its group (mode 0660)",
        "rw-r--r--, readable by every user (mode 0644)",
        "rw-rw-r--, writable by its group (mode 0664)",
        "rw-rw-rw-, writable by every user (mode 0666)",
        "rw-----w-, writable by every user (mode 0602)",
        "rwxr-xr-x, readable by every user (mode 0755)",
    })
    void whatOthersMayDoWithAFileIsTold(String permissions, @Nullable String fault) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "x");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));

        for (Path path : new Path[] {file, link}) {
            if (fault == null) {
                assertThat(SecretFiles.fault(path)).isNull();
            } else {
                assertThat(SecretFiles.fault(path)).startsWith(fault);
            }
        }
    }

    @Test
    void eachFileIsToldOnceAndAgainWhenItsModeChanges() throws IOException {
        Path key = folder.resolve("key.pem");
        Path certificate = folder.resolve("cert.pem");
        Certificates.forName("shop.example").writePem(certificate, key);
        Path token = Files.writeString(folder.resolve("token"), "correct-horse-battery-staple");
        mode(key, "rw-r--r--");
        mode(token, "rw-------");
        SecretFiles files = new SecretFiles(new Binder(new MapConfigurationPropertySource(Map.of(
                        "goaround.tls.certificate", certificate.toString(),
                        "goaround.tls.private-key", key.toString(),
                        "goaround.tls.certificates[0].certificate", certificate.toString(),
                        "goaround.tls.certificates[0].private-key", key.toString(),
                        "goaround.upstream.client-certificate", certificate.toString(),
                        "goaround.upstream.client-key", key.toString(),
                        "goaround.management.token-file", token.toString())))
                .bind("goaround", GoAroundProperties.class)
                .get());

        files.look();
        files.look();
        String told = " " + key
                + ": readable by every user (mode 0644), expected a file that only its owner can read (mode 0600)";
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "goaround.tls.private-key" + told,
                        "goaround.tls.certificates[0].private-key" + told,
                        "goaround.upstream.client-key" + told);

        mode(token, "rw-rw-rw-");
        files.look();
        mode(token, "rw-------");
        files.look();
        mode(token, "rw-rw-rw-");
        files.look();
        Files.delete(token);
        files.look();
        assertThat(log.list).hasSize(5);
        assertThat(log.list.get(4).getFormattedMessage())
                .startsWith("goaround.management.token-file " + token + ": writable by every user (mode 0666)");
    }

    private static void mode(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(SecretFiles.class);
    }
}
