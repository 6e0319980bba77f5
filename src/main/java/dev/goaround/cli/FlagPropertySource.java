package dev.goaround.cli;

import dev.goaround.config.FlagOrigin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.EnumerablePropertySource;

/** The flags as Spring Boot sees them: settings that remember which flag they came from. */
final class FlagPropertySource extends EnumerablePropertySource<Flags> implements OriginLookup<String> {

    FlagPropertySource(Flags flags) {
        super("flags", flags);
    }

    @Override
    public String[] getPropertyNames() {
        return source.settings().keySet().toArray(new String[0]);
    }

    @Override
    public @Nullable Object getProperty(String name) {
        return source.settings().get(name);
    }

    @Override
    public @Nullable Origin getOrigin(String key) {
        String flag = source.origins().get(key);
        return flag == null ? null : new FlagOrigin(flag);
    }
}
