package dev.goaround.listen;

import dev.goaround.settings.WatchedFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OCSP response that is stapled to a certificate (RFC 6066 section 8), as a file has it. Another program keeps the file up to
 * date. Clients end handshakes with a response that has expired or is for another certificate, but not those without one, so that
 * such a response is not stapled.
 */
final class OcspStaple {

    private static final Logger log = LoggerFactory.getLogger(OcspStaple.class);

    private final Path file;
    private final Clock clock;

    /** Any handshake reads; only {@link #read} writes. */
    private volatile @Nullable OcspResponse response;

    private final WatchedFiles watched;

    /** Guarded by this object's lock. */
    private boolean expiryTold;

    OcspStaple(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
        this.watched = new WatchedFiles(file);
        read(true);
        warnOfExpiry();
    }

    /** Returns the response for the certificate with that serial number, or null if there is none to be stapled now. */
    byte @Nullable [] of(BigInteger serial) {
        OcspResponse now = response;
        return now == null || !now.serial().equals(serial) || expired(now) ? null : now.der();
    }

    private boolean expired(OcspResponse now) {
        Instant expiry = now.expiry();
        return expiry != null && !clock.instant().isBefore(expiry);
    }

    /** Reads the file again if it has changed and that has settled; if it can't be, what was read before stays. Blocks while it reads. */
    synchronized void look() {
        readIf(watched.look());
    }

    /** Likewise, without waiting until the change has settled. */
    synchronized void reload() {
        readIf(watched.lookAtOnce());
    }

    private void readIf(boolean changed) {
        if (changed) {
            read(false);
        }
        warnOfExpiry();
    }

    private void warnOfExpiry() {
        OcspResponse now = response;
        if (now != null && expired(now) && !expiryTold) {
            expiryTold = true;
            log.warn("the OCSP response {} has expired at {} and is not stapled", file, now.expiry());
        }
    }

    private void read(boolean first) {
        try {
            response = OcspResponse.of(Files.readAllBytes(file));
            expiryTold = false;
            if (!first) {
                log.info("the OCSP response {} has changed; new connections get the new one", file);
            }
        } catch (IOException e) {
            log.warn("the OCSP response {} can't be read, the one before stays until it expires", file);
        } catch (IllegalArgumentException e) {
            log.warn("the OCSP response {} is {}, the one before stays until it expires", file, e.getMessage());
        }
    }
}
