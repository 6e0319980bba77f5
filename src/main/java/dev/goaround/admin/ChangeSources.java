package dev.goaround.admin;

import dev.goaround.membership.BackendDefaults;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * What those who take changes need to know from elsewhere.
 *
 * @param settings who may change what
 * @param defaults gives what holds for backends that do not say otherwise
 * @param callers gives who sends a request
 */
public record ChangeSources(
        ManagementSettings settings, Supplier<BackendDefaults> defaults, Function<ServerHttpRequest, Caller> callers) {}
