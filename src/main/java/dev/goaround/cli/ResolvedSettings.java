package dev.goaround.cli;

import dev.goaround.config.GoAroundProperties;
import dev.goaround.config.PortSettings;
import dev.goaround.config.PortSettings.Place;
import dev.goaround.config.SettingSource;
import dev.goaround.membership.BackendEntry;
import dev.goaround.settings.SettingText;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The configuration as {@code --check} prints it: YAML that could be used as {@code application.yml}, secrets masked. */
final class ResolvedSettings {

    private final StringBuilder text = new StringBuilder();

    private ResolvedSettings() {}

    static String text(GoAroundProperties settings, PortSettings ports) {
        ResolvedSettings resolved = new ResolvedSettings();
        for (Place place : ports.places()) {
            resolved.value(place.key(), place.port(), "");
            if (place.address() != null) {
                String key = place.key().replaceFirst("port$", "address");
                resolved.value(key, place.address().getHostAddress(), "");
            }
        }
        resolved.text.append("goaround:\n");
        resolved.group(settings, "  ");
        return resolved.text.toString();
    }

    private void group(Record group, String indent) {
        for (RecordComponent component : group.getClass().getRecordComponents()) {
            String key = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            Object value = value(group, component);
            if (value instanceof Record nested) {
                text.append(indent).append(key).append(":\n");
                group(nested, indent + "  ");
            } else if (group instanceof GoAroundProperties settings && key.equals("backends")) {
                list(key, resolved(settings), indent);
            } else if (value instanceof List<?> list) {
                list(key, list, indent);
            } else {
                value(key, value, indent);
            }
        }
    }

    private static List<BackendEntry> resolved(GoAroundProperties settings) {
        return settings.backendSpecs().stream()
                .map(spec -> new BackendEntry(
                        spec.uri().toString(),
                        spec.weight(),
                        spec.maxConnections(),
                        spec.backup(),
                        spec.protocol(),
                        spec.priority(),
                        spec.zone()))
                .toList();
    }

    private void list(String key, List<?> list, String indent) {
        text.append(indent).append(key).append(list.isEmpty() ? ": []\n" : ":\n");
        for (Object element : list) {
            int start = text.length();
            if (element instanceof Record record) {
                group(record, indent + "    ");
                text.setCharAt(start + indent.length() + 2, '-');
            } else {
                text.append(indent).append("  - ").append(scalar(element)).append('\n');
            }
        }
    }

    private void value(String key, @Nullable Object value, String indent) {
        if (value == null) {
            text.append(indent).append("# ").append(key).append(": unset\n");
        } else {
            String shown = SettingSource.isSecret(key) ? "******" : scalar(value);
            text.append(indent).append(key).append(": ").append(shown).append('\n');
        }
    }

    private static String scalar(Object value) {
        String plain = SettingText.of(value);
        return plain.matches("[A-Za-z0-9/.\\-][A-Za-z0-9/._:\\-]*") ? plain : "'" + plain.replace("'", "''") + "'";
    }

    private static @Nullable Object value(Record group, RecordComponent component) {
        try {
            return component.getAccessor().invoke(group);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
