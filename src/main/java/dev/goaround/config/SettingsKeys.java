package dev.goaround.config;

import dev.goaround.settings.Nearest;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;

/** The keys that exist under {@code goaround}, read off the settings records, and the nearest to one that doesn't. */
final class SettingsKeys {

    static final String ROOT = "goaround";

    /** Variables that Kubernetes and Docker links make up for a service that happens to be called goaround. */
    private static final Pattern SERVICE_VARIABLE = Pattern.compile(
            "GOAROUND_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_.+)?)?|NAME|ENV_.+)");

    private static final Pattern INDEX = Pattern.compile("\\[[0-9]+]");

    /** Whether a key is a group of others, by the key without dashes and indices: {@code goaround.backends[].url}. */
    private final Map<String, Boolean> groups = new TreeMap<>();

    /** Keys as documented, of single settings only. */
    private final TreeSet<String> names = new TreeSet<>();

    /** Names of environment variables, with and without an underscore for a dash, indices written as 0. */
    private final Map<String, String> variables = new TreeMap<>();

    SettingsKeys() {
        group(ROOT, GoAroundProperties.class);
    }

    private void group(String name, Class<?> type) {
        groups.put(uniform(name), true);
        for (RecordComponent component : type.getRecordComponents()) {
            key(name + "." + dashed(component.getName()), component.getType(), component.getGenericType());
        }
    }

    private void key(String name, Class<?> type, Type generic) {
        if (type.isRecord()) {
            group(name, type);
            return;
        }
        groups.put(uniform(name), false);
        names.add(name);
        variables.put(variable(name.replace("-", "")), name);
        variables.put(variable(name), name);
        if (List.class.isAssignableFrom(type) && generic instanceof ParameterizedType list) {
            Class<?> element = (Class<?>) list.getActualTypeArguments()[0];
            element(name + "[]", element);
        }
    }

    private void element(String name, Class<?> type) {
        groups.put(uniform(name), false);
        variables.put(variable(name.replace("-", "")), name);
        variables.put(variable(name), name);
        if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                key(name + "." + dashed(component.getName()), component.getType(), component.getGenericType());
            }
        }
    }

    /** Whether a single setting, or an element of a list, has this name. */
    boolean knows(ConfigurationPropertyName name) {
        return Boolean.FALSE.equals(groups.get(uniform(name)));
    }

    /** Whether this name is a group of settings, which has no value itself. */
    boolean isGroup(ConfigurationPropertyName name) {
        return Boolean.TRUE.equals(groups.get(uniform(name)));
    }

    /** The documented key nearest to this name. */
    Optional<String> nearest(ConfigurationPropertyName name) {
        Matcher index = INDEX.matcher(name.toString());
        String at = index.find() ? index.group() : "";
        return Nearest.to(index.replaceAll("[]"), names).map(key -> key.replace("[]", at));
    }

    /** Whether the environment variable sets something that exists, or is none of ours. */
    boolean knowsVariable(String variable) {
        return variables.containsKey(variable.replaceAll("_[0-9]+(?=_|$)", "_0"))
                || SERVICE_VARIABLE.matcher(variable).matches();
    }

    /** The environment variable nearest to this one. */
    Optional<String> nearestVariable(String variable) {
        return Nearest.to(variable, variables.keySet());
    }

    private static String variable(String name) {
        return name.replace("[]", "_0").replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static String dashed(String camelCase) {
        return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static String uniform(String name) {
        return name.replace("-", "");
    }

    private static String uniform(ConfigurationPropertyName name) {
        StringBuilder uniform = new StringBuilder();
        for (int i = 0; i < name.getNumberOfElements(); i++) {
            if (name.isNumericIndex(i)) {
                uniform.append("[]");
            } else {
                uniform.append(i == 0 ? "" : ".").append(name.getElement(i, Form.UNIFORM));
            }
        }
        return uniform.toString();
    }
}
