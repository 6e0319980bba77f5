package dev.goaround.config;

import dev.goaround.balance.HashKey;
import dev.goaround.pool.MaxConnections;
import dev.goaround.settings.Cidr;
import dev.goaround.settings.Mistake;
import dev.goaround.settings.SettingText;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.util.unit.DataSize;

/** What to say of a value that is not of its setting's type. */
final class Conversion {

    private static final Map<Class<?>, String> EXPECTED = Map.of(
            Integer.class, "expected a whole number",
            Long.class, "expected a whole number",
            Double.class, "expected a number",
            MaxConnections.class, "expected a whole number or adaptive",
            HashKey.class, "expected client-address, header:<name>, cookie:<name>, path or path-query",
            Boolean.class, "expected true or false",
            Duration.class, "expected a duration such as 500ms, 2s or 1m",
            DataSize.class, "expected a size such as 16KB or 1MB",
            Path.class, "expected a path",
            InetAddress.class, "expected an address of this machine such as 127.0.0.1 or 0.0.0.0");

    private Conversion() {}

    /** Returns the mistakes behind a failed binding of one setting. */
    static List<Mistake> mistakes(
            ConfigurationPropertyName name,
            Bindable<?> target,
            @Nullable ConfigurationProperty property,
            Exception error) {
        Class<?> element = target.getType().asCollection().getGeneric().resolve();
        if (error instanceof UnboundConfigurationPropertiesException unbound) {
            List<Mistake> refused = element == Cidr.class ? refusedBlocks(unbound) : List.of();
            return !refused.isEmpty()
                    ? refused
                    : unbound.getUnboundProperties().stream()
                            .map(left -> new Mistake(
                                    left.getName().toString(),
                                    String.valueOf(left.getValue()),
                                    "expected list elements numbered from 0 without a gap"))
                            .toList();
        }
        String value = property == null ? null : String.valueOf(property.getValue());
        if (element == Cidr.class && value != null) {
            return blocks(name.toString(), value);
        }
        Class<?> type = target.getBoxedType().resolve(Object.class);
        return List.of(new Mistake(name.toString(), value, expected(type)));
    }

    /** Returns what a value of this type would look like. */
    static String expected(Class<?> type) {
        if (type.isEnum()) {
            List<String> choices =
                    Arrays.stream(type.getEnumConstants()).map(SettingText::of).toList();
            int last = choices.size() - 1;
            return "expected " + String.join(", ", choices.subList(0, last)) + " or " + choices.get(last);
        }
        if (type == Cidr.class) {
            return "expected an IP address or a CIDR block such as 10.0.0.0/8";
        }
        return EXPECTED.getOrDefault(type, "not a valid value");
    }

    /** A comma separated list is refused as a whole by Spring; the user wants to know which of its elements is wrong. */
    private static List<Mistake> blocks(String key, String list) {
        List<Mistake> mistakes = new ArrayList<>();
        String[] elements = list.split(",", -1);
        for (int i = 0; i < elements.length; i++) {
            String element = elements[i].strip();
            try {
                Cidr.parse(element);
            } catch (IllegalArgumentException e) {
                mistakes.add(new Mistake(key + "[" + i + "]", element, refusal(element, e)));
            }
        }
        return mistakes;
    }

    /** Elements of a list count as left over when one before them was refused, whether or not they are any better. */
    private static List<Mistake> refusedBlocks(UnboundConfigurationPropertiesException unbound) {
        return unbound.getUnboundProperties().stream()
                .flatMap(left -> blocks(left.getName().toString(), String.valueOf(left.getValue())).stream())
                .map(mistake ->
                        new Mistake(mistake.key().replaceFirst("\\[0]$", ""), mistake.value(), mistake.expected()))
                .toList();
    }

    static String refusal(String element, IllegalArgumentException e) {
        String message = String.valueOf(e.getMessage());
        return message.startsWith(element + ": ") ? message.substring(element.length() + 2) : message;
    }
}
