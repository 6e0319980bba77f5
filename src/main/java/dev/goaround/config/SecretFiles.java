package dev.goaround.config;

import dev.goaround.listen.CertificateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files with private keys and the token, and who else on this machine may read them. That is a warning and no mistake, since secrets
 * that Kubernetes mounts are such files, in a container with no other users. For one thread at a time.
 */
public final class SecretFiles {

    private static final Logger LOG = LoggerFactory.getLogger(SecretFiles.class);

    private final Map<String, Path> files = new LinkedHashMap<>();
    private final Map<String, String> reported = new HashMap<>();

    public SecretFiles(GoAroundProperties properties) {
        add("goaround.tls.private-key", properties.tls().privateKey());
        List<CertificateFiles> more = properties.tls().certificates();
        for (int i = 0; i < more.size(); i++) {
            add("goaround.tls.certificates[" + i + "].private-key", more.get(i).privateKey());
        }
        add("goaround.upstream.client-key", properties.upstream().clientKey());
        add("goaround.management.token-file", properties.management().tokenFile());
    }

    private void add(String key, @Nullable Path file) {
        if (file != null) {
            files.put(key, file);
        }
    }

    /** Warns of each file whose permissions are too wide and have not been so when it was looked at before. Reads no content. */
    public void look() {
        files.forEach((key, file) -> {
            String fault = fault(file);
            if (fault == null) {
                reported.remove(key);
            } else if (!fault.equals(reported.put(key, fault))) {
                LOG.warn("{} {}: {}", key, file, fault);
            }
        });
    }

    /** Returns what is wrong with the permissions of a file, or of the file that a link leads to; null if nothing is. */
    static @Nullable String fault(Path file) {
        Set<PosixFilePermission> permissions;
        try {
            permissions = Files.getPosixFilePermissions(file);
        } catch (IOException | UnsupportedOperationException unknown) {
            return null;
        }
        String others = allowed(permissions, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_READ);
        String group = allowed(permissions, PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_READ);
        if (others == null && group == null) {
            return null;
        }
        int mode = 0;
        // In the order of the bits, the highest first.
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            mode = (mode << 1) | (permissions.contains(permission) ? 1 : 0);
        }
        boolean groupIsWorse = others == null || ("readable".equals(others) && "writable".equals(group));
        return (groupIsWorse ? group + " by its group" : others + " by every user")
                + String.format(" (mode %04o), expected a file that only its owner can read (mode 0600)", mode);
    }

    private static @Nullable String allowed(
            Set<PosixFilePermission> permissions, PosixFilePermission write, PosixFilePermission read) {
        if (permissions.contains(write)) {
            return "writable";
        }
        return permissions.contains(read) ? "readable" : null;
    }
}
