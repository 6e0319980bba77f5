package dev.goaround.admin;

import dev.goaround.health.ProbeResult;
import dev.goaround.membership.SourceStatus;
import dev.goaround.pool.Backend;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Where the status endpoint finds what the pool itself does not know.
 *
 * @param version the version of GoAround that runs
 * @param policy gives the name of the balancing algorithm in use; asked anew for every answer, since a reload may
 *     change it
 * @param lastProbe gives a backend's most recent probe, empty before the first; must be thread-safe and must not block
 * @param backendVersion gives the version of a backend's application, empty if it does not tell; as {@code lastProbe}
 * @param backendSources gives what the sources of backends are at
 * @param configuration gives what came of reading the configuration again
 * @param certificates gives the certificates that clients are served; none without TLS
 */
public record StatusSources(
        String version,
        Supplier<String> policy,
        Function<Backend, Optional<ProbeResult>> lastProbe,
        Function<Backend, Optional<String>> backendVersion,
        Supplier<List<SourceStatus>> backendSources,
        Supplier<ConfigurationView> configuration,
        Supplier<List<CertificateView>> certificates) {}
