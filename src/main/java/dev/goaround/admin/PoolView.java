package dev.goaround.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The pool as the status endpoint shows it. The names of the components are a contract with whoever reads the JSON:
 * hence {@link OperationResponseBody}, which keeps {@code spring.jackson} settings away from it.
 *
 * @param version the version of GoAround that runs
 * @param startedAt when it started
 * @param policy name of the balancing algorithm in use
 * @param panic whether so few backends are healthy that all are used; left out of the JSON unless it is so
 * @param backends every backend, in configured order
 * @param leaving backends that have left and finish what they have; left out of the JSON if there is none
 * @param sources where the backends come from, the one whose word counts first at the front
 * @param stateFile what keeps what operators have changed; left out if nothing does
 * @param configuration what came of reading the configuration again
 * @param certificates what clients are served with TLS
 */
record PoolView(
        String version,
        Instant startedAt,
        long uptimeMillis,
        String policy,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean panic,
        TotalsView totals,
        List<BackendView> backends,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<LeaverView> leaving,
        List<SourceView> sources,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable StateFileView stateFile,

        ConfigurationView configuration,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<CertificateView> certificates)
        implements OperationResponseBody {

    PoolView {
        backends = List.copyOf(backends);
        leaving = List.copyOf(leaving);
        sources = List.copyOf(sources);
        certificates = List.copyOf(certificates);
    }
}
