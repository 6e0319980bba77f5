package dev.goaround.admin;

import dev.goaround.settings.Requirements;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may change the pool while GoAround runs ({@code goaround.management.*}).
 *
 * @param token Token that every change needs (Authorization: Bearer), at least 16 characters. Unset means that only callers on this machine may change anything.
 * @param tokenFile File that holds the token instead; read again for every change.
 * @param allowedHosts Names by which browsers may call the management port, beside localhost and IP addresses.
 * @param stateFile File that keeps what operators have changed over restarts. Unset means that a restart forgets it.
 */
public record ManagementSettings(
        @Nullable String token,
        @Nullable Path tokenFile,
        @DefaultValue List<String> allowedHosts,
        @Nullable Path stateFile) {

    public ManagementSettings {
        allowedHosts = List.copyOf(allowedHosts);
        Requirements requirements = new Requirements("goaround.management")
                .that(token == null || AccessToken.valid(token), "token", token, "expected " + AccessToken.EXPECTED)
                .that(
                        token == null || tokenFile == null,
                        "token-file",
                        tokenFile,
                        "there is a token already (goaround.management.token)");
        for (int i = 0; i < allowedHosts.size(); i++) {
            String host = allowedHosts.get(i);
            requirements.that(
                    host.matches("[A-Za-z0-9_.-]{1,253}"),
                    "allowed-hosts[" + i + "]",
                    host,
                    "expected a host name without a port");
        }
        requirements.enforce();
    }

    /** Does not show the token. */
    @Override
    public String toString() {
        return "ManagementSettings[tokenFile=" + tokenFile + ", allowedHosts=" + allowedHosts + ", stateFile="
                + stateFile + "]";
    }
}
