package dev.goaround.accesslog;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The mode and group of a file, which the file that takes its place is to have as well.
 *
 * @param permissions its mode
 * @param group its group
 */
record FileAccess(Set<PosixFilePermission> permissions, GroupPrincipal group) {

    FileAccess {
        permissions = Set.copyOf(permissions);
    }

    /** Returns those of this file, or null where files have none. */
    static @Nullable FileAccess of(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            return null;
        }
        PosixFileAttributes attributes = view.readAttributes();
        return new FileAccess(attributes.permissions(), attributes.group());
    }

    /** Makes the file and opens it. It is at no time more open than it is to be. */
    OutputStream create(Path file) throws IOException {
        SeekableByteChannel channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(permissions));
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        try {
            if (!view.readAttributes().group().equals(group)) {
                view.setGroup(group);
            }
            view.setPermissions(permissions);
        } catch (IOException e) {
            // A process may only give a file to groups of its own. Lines are worth more than that.
        }
        return Channels.newOutputStream(channel);
    }
}
