package dev.goaround.config;

import dev.goaround.settings.InvalidSettingsException;
import dev.goaround.settings.SettingText;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The settings records as the tree of keys that they are. */
final class SettingsTree {

    /** What parts of elements of lists have unless they are set. */
    private static final Set<Object> PLAIN = Set.of(1, 0, false);

    private SettingsTree() {}

    /** What differs, by key. */
    static List<Difference> differences(GoAroundProperties before, GoAroundProperties after) {
        List<Difference> differences = new ArrayList<>();
        compare(SettingsKeys.ROOT, before, after, differences);
        return differences;
    }

    private static void compare(String group, Record before, Record after, List<Difference> differences) {
        for (RecordComponent component : before.getClass().getRecordComponents()) {
            String key = key(group, component);
            Object was = value(before, component);
            Object is = value(after, component);
            if (was instanceof Record one
                    && is instanceof Record other
                    && component.getType().isRecord()) {
                compare(key, one, other, differences);
            } else if (!Objects.equals(was, is)) {
                differences.add(new Difference(key, text(was), text(is)));
            }
        }
    }

    /**
     * Returns the settings of {@code running} with the values that {@code wanted} has for some keys.
     *
     * @param taken which keys these are
     * @throws InvalidSettingsException if they make no sense together
     */
    static GoAroundProperties merged(GoAroundProperties running, GoAroundProperties wanted, Predicate<String> taken) {
        return (GoAroundProperties) mergedGroup(SettingsKeys.ROOT, running, wanted, taken);
    }

    private static Record mergedGroup(String group, Record running, Record wanted, Predicate<String> taken) {
        RecordComponent[] components = running.getClass().getRecordComponents();
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String key = key(group, components[i]);
            Object kept = value(running, components[i]);
            Object asked = value(wanted, components[i]);
            if (kept instanceof Record one
                    && asked instanceof Record other
                    && components[i].getType().isRecord()) {
                values[i] = mergedGroup(key, one, other, taken);
            } else {
                values[i] = taken.test(key) ? asked : kept;
            }
        }
        return made(running.getClass(), components, values);
    }

    private static Record made(Class<? extends Record> type, RecordComponent[] components, @Nullable Object[] values) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InvalidSettingsException invalid) {
                throw invalid;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String key(String group, RecordComponent component) {
        return group + "." + dashed(component.getName());
    }

    private static String dashed(String camelCase) {
        return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static @Nullable String text(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(SettingsTree::element).collect(Collectors.joining(", ", "[", "]"));
        }
        return value == null ? null : SettingText.of(value);
    }

    /** An element of a list: what is set of an object, by name, or the value itself. */
    private static String element(Object element) {
        if (!(element instanceof Record record)) {
            return SettingText.of(element);
        }
        List<String> parts = new ArrayList<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = value(record, component);
            if (value != null && !PLAIN.contains(value)) {
                String text = String.valueOf(text(value));
                parts.add(component.getName().equals("url") ? text : dashed(component.getName()) + " " + text);
            }
        }
        return String.join(" ", parts);
    }

    private static @Nullable Object value(Record group, RecordComponent component) {
        try {
            return component.getAccessor().invoke(group);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
