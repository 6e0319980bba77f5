package dev.goaround.admin;

import java.time.Instant;
import java.util.List;

/**
 * A certificate that clients are served, as the status endpoint shows it.
 *
 * @param names the DNS names that it is for
 * @param expiresAt when it expires
 */
public record CertificateView(List<String> names, Instant expiresAt) {

    public CertificateView {
        names = List.copyOf(names);
    }
}
