package dev.goaround.admin;

import dev.goaround.membership.BackendDefaults;
import dev.goaround.membership.BackendEntry;
import dev.goaround.membership.BackendList;
import dev.goaround.membership.OperatorWord;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.MaxConnections;
import dev.goaround.pool.OperatorState;
import dev.goaround.pool.Protocol;
import dev.goaround.settings.Mistake;
import dev.goaround.settings.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What operators write about backends, read from JSON and checked as if it were in the configuration. For one body. */
final class BackendsBody {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final String LIST = "backends";

    private static final Set<String> KEYS =
            Set.of("url", "weight", "maxConnections", "backup", "protocol", "priority", "zone");
    private static final Set<String> SETTABLE = Set.of("weight", "maxConnections", "state");

    private final JsonNode body;
    private final List<Mistake> mistakes = new ArrayList<>();

    private BackendsBody(JsonNode body) {
        this.body = body;
    }

    static BackendsBody read(byte[] bytes) {
        try {
            JsonNode body = MAPPER.readTree(bytes);
            if (body.isMissingNode()) {
                throw RefusedRequestException.badRequest("the body is empty");
            }
            return new BackendsBody(body);
        } catch (JacksonException notJson) {
            throw RefusedRequestException.badRequest("the body is not JSON: " + notJson.getOriginalMessage());
        }
    }

    static BackendsBody of(JsonNode body) {
        return new BackendsBody(body);
    }

    /** Returns the backends: one, or a list of them, which may have a name as it has in YAML; each is a URL or an object. */
    List<BackendSpec> backends(BackendDefaults defaults) {
        boolean named = body.isObject() && body.size() == 1 && body.path(LIST).isArray();
        JsonNode listed = named ? body.path(LIST) : body;
        List<JsonNode> nodes = new ArrayList<>();
        if (listed.isArray()) {
            listed.forEach(nodes::add);
        } else {
            nodes.add(listed);
        }
        List<BackendEntry> entries = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            entries.add(entry(LIST + "[" + i + "]", nodes.get(i)));
        }
        BackendList list = BackendList.of(LIST, entries, defaults);
        Set<String> told = Set.copyOf(mistakes.stream().map(Mistake::key).toList());
        refuseMistakes(Stream.concat(
                        mistakes.stream(), list.mistakes().stream().filter(mistake -> !told.contains(mistake.key())))
                .toList());
        return list.specs();
    }

    /**
     * Returns what is to be set of this backend.
     *
     * @param spec what it is so far
     */
    OperatorWord.Settings settings(BackendSpec spec) {
        if (!body.isObject() || body.isEmpty()) {
            throw RefusedRequestException.badRequest(
                    "expected an object with weight, maxConnections or state, such as {\"state\": \"draining\"}");
        }
        refuseUnknown("", body, SETTABLE);
        OperatorWord.Settings settings = new OperatorWord.Settings(
                number("weight", body.get("weight")),
                maxConnections("maxConnections", body.get("maxConnections")),
                constant("state", body.get("state"), OperatorState.class));
        BackendEntry entry = new BackendEntry(
                spec.uri().toString(),
                settings.weight() == null ? spec.weight() : settings.weight(),
                settings.maxConnections() == null ? spec.maxConnections() : settings.maxConnections(),
                spec.backup(),
                spec.protocol(),
                spec.priority(),
                spec.zone());
        BackendDefaults defaults = new BackendDefaults(spec.maxConnections(), spec.protocol(), false);
        BackendList.of(LIST, List.of(entry), defaults).mistakes().stream()
                .map(mistake -> new Mistake(
                        mistake.key().replace(LIST + "[0].", "").replace("max-connections", "maxConnections"),
                        mistake.value(),
                        mistake.expected()))
                .forEach(mistakes::add);
        refuseMistakes(mistakes);
        return settings;
    }

    /** Returns what operators had said of a backend, as the state file keeps it. */
    OperatorWord word() {
        refuseUnknown("", body, Set.of("endpoint", "added", "removed", "weight", "maxConnections", "state"));
        BackendDefaults defaults =
                new BackendDefaults(MaxConnections.valueOf(MaxConnections.ADAPTIVE_MOST), Protocol.AUTO, false);
        JsonNode added = body.get("added");
        Integer weight = number("weight", body.get("weight"));
        MaxConnections most = maxConnections("maxConnections", body.get("maxConnections"));
        OperatorState state = constant("state", body.get("state"), OperatorState.class);
        OperatorWord word = new OperatorWord(
                added == null ? null : of(added).backends(defaults).get(0),
                truth("removed", body.get("removed")),
                weight,
                most,
                state == null ? OperatorState.READY : state);
        BackendEntry checked =
                new BackendEntry("http://any:1", weight == null ? 1 : weight, most, false, null, 0, null);
        mistakes.addAll(BackendList.of(LIST, List.of(checked), defaults).mistakes());
        refuseMistakes(mistakes);
        return word;
    }

    private BackendEntry entry(String key, JsonNode node) {
        if (node.isString()) {
            return BackendEntry.valueOf(node.stringValue());
        }
        if (!node.isObject()) {
            mistakes.add(new Mistake(key + ".url", shown(node), "expected a URL or an object with a url"));
            return BackendEntry.valueOf("");
        }
        refuseUnknown(key + ".", node, KEYS);
        Integer weight = number(key + ".weight", node.get("weight"));
        Integer priority = number(key + ".priority", node.get("priority"));
        return new BackendEntry(
                text(key + ".url", node.get("url")),
                weight == null ? 1 : weight,
                maxConnections(key + ".max-connections", node.get("maxConnections")),
                truth(key + ".backup", node.get("backup")),
                constant(key + ".protocol", node.get("protocol"), Protocol.class),
                priority == null ? 0 : priority,
                text(key + ".zone", node.get("zone")));
    }

    private void refuseUnknown(String prefix, JsonNode object, Set<String> known) {
        object.propertyNames().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> mistakes.add(new Mistake(
                        prefix + name,
                        null,
                        Nearest.to(name, known)
                                .map(nearest -> "no such key, did you mean " + nearest + "?")
                                .orElse("no such key"))));
    }

    private @Nullable Integer number(String key, @Nullable JsonNode node) {
        if (node == null) {
            return null;
        }
        if (node.isIntegralNumber() && node.canConvertToInt()) {
            return node.intValue();
        }
        mistakes.add(new Mistake(key, shown(node), "expected a number"));
        return null;
    }

    private @Nullable MaxConnections maxConnections(String key, @Nullable JsonNode node) {
        if (node != null && node.isString() && node.stringValue().equalsIgnoreCase("adaptive")) {
            return MaxConnections.valueOf(node.stringValue());
        }
        if (node != null && !node.isIntegralNumber()) {
            mistakes.add(new Mistake(key, shown(node), "expected a number or adaptive"));
            return null;
        }
        Integer most = number(key, node);
        return most == null ? null : MaxConnections.valueOf(most);
    }

    private @Nullable String text(String key, @Nullable JsonNode node) {
        if (node == null || node.isString()) {
            return node == null ? null : node.stringValue();
        }
        mistakes.add(new Mistake(key, shown(node), "expected a text"));
        return null;
    }

    private boolean truth(String key, @Nullable JsonNode node) {
        if (node != null && !node.isBoolean()) {
            mistakes.add(new Mistake(key, shown(node), "expected true or false"));
        }
        return node != null && node.isBoolean() && node.booleanValue();
    }

    private <E extends Enum<E>> @Nullable E constant(String key, @Nullable JsonNode node, Class<E> type) {
        if (node == null) {
            return null;
        }
        List<String> names = Stream.of(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toList();
        int found = node.isString() ? names.indexOf(node.stringValue().toLowerCase(Locale.ROOT)) : -1;
        if (found < 0) {
            mistakes.add(new Mistake(key, shown(node), "expected " + String.join(", ", names)));
            return null;
        }
        return type.getEnumConstants()[found];
    }

    private static String shown(JsonNode node) {
        String text = node.isString() ? node.stringValue() : node.toString();
        return text.length() > 100 ? text.substring(0, 100) + "…" : text;
    }

    private static void refuseMistakes(List<Mistake> mistakes) {
        if (!mistakes.isEmpty()) {
            List<String> sentences = mistakes.stream().map(Mistake::toString).toList();
            throw new RefusedRequestException(
                    org.springframework.http.HttpStatus.BAD_REQUEST,
                    sentences.size() == 1
                            ? sentences.get(0)
                            : sentences.size() + " mistakes, the first: " + sentences.get(0),
                    sentences);
        }
    }
}
