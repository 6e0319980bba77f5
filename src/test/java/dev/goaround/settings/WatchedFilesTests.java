package dev.goaround.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedFilesTests {

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(Files.createDirectory(folder.resolve("v1")).resolve("file"), "one");
    }

    @Test
    void aChangeCountsOnceTwoLooksHaveFoundItTheSame() throws IOException {
        WatchedFiles watched = new WatchedFiles(file, null);
        assertThat(watched.look()).isFalse();
        Files.writeString(file, "half");
        assertThat(watched.look()).isFalse();
        Files.writeString(file, "whole");
        assertThat(watched.look()).isFalse();
        assertThat(watched.look()).isTrue();
        assertThat(watched.look()).isFalse();
        assertThat(watched.lookAtOnce()).isFalse();
    }

    @Test
    void aLookAtOnceDoesNotWait() throws IOException {
        WatchedFiles watched = new WatchedFiles(file);
        Files.writeString(file, "two");
        assertThat(watched.lookAtOnce()).isTrue();
        assertThat(watched.look()).isFalse();
    }

    @Test
    void aLinkAboveTheFileThatLeadsElsewhereIsAChange() throws IOException {
        Path second = Files.createDirectory(folder.resolve("v2"));
        Files.writeString(second.resolve("file"), "two");
        Path current = Files.createSymbolicLink(folder.resolve("current"), file.getParent());
        WatchedFiles watched = new WatchedFiles(current.resolve("file"));
        Files.move(Files.createSymbolicLink(folder.resolve("next"), second), current, StandardCopyOption.ATOMIC_MOVE);
        assertThat(watched.lookAtOnce()).isTrue();
    }

    @Test
    void sizeAndTimeMakeNoDifference() throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        WatchedFiles watched = new WatchedFiles(file);
        Files.writeString(file, "two");
        Files.setLastModifiedTime(file, time);
        assertThat(watched.lookAtOnce()).isTrue();
    }

    @Test
    void aFileThatGoesAndComesBackIsTheSame() throws IOException {
        WatchedFiles watched = new WatchedFiles(file);
        Files.delete(file);
        assertThat(watched.look()).isFalse();
        Files.writeString(file, "one");
        assertThat(watched.look()).isFalse();
        assertThat(watched.look()).isFalse();
    }
}
