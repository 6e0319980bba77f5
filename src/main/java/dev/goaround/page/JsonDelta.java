package dev.goaround.page;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The difference between two JSON documents of the same shape, without nulls in objects. It is a merge patch (RFC 7396), except that a
 * list may be patched by an object too: {@code changed} has the differences of elements by their index; otherwise the list is
 * {@code before}, {@code count} elements of the old list from the index {@code from} on, and {@code after}.
 */
final class JsonDelta {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private JsonDelta() {}

    /** Returns the difference, or null if there is none. */
    static @Nullable JsonNode between(JsonNode before, JsonNode now) {
        if (before.equals(now)) {
            return null;
        }
        if (before instanceof ObjectNode old && now instanceof ObjectNode current) {
            return ofObjects(old, current);
        }
        return before instanceof ArrayNode old && now instanceof ArrayNode current ? ofLists(old, current) : now;
    }

    private static ObjectNode ofObjects(ObjectNode before, ObjectNode now) {
        ObjectNode delta = NODES.objectNode();
        for (String name : before.propertyNames()) {
            if (!now.has(name)) {
                delta.putNull(name);
            }
        }
        now.properties().forEach(member -> {
            JsonNode old = before.get(member.getKey());
            JsonNode changed = old == null ? member.getValue() : between(old, member.getValue());
            if (changed != null) {
                delta.set(member.getKey(), changed);
            }
        });
        return delta;
    }

    private static JsonNode ofLists(ArrayNode before, ArrayNode now) {
        if (sameIds(before, now)) {
            ObjectNode changed = NODES.objectNode();
            for (int i = 0; i < now.size(); i++) {
                JsonNode element = between(before.get(i), now.get(i));
                if (element != null) {
                    changed.set(Integer.toString(i), element);
                }
            }
            return NODES.objectNode().set("changed", changed);
        }
        List<JsonNode> old = elements(before);
        List<JsonNode> current = elements(now);
        if (old.isEmpty() || current.isEmpty()) {
            return now;
        }
        int from = old.indexOf(current.get(0));
        int at = from < 0 ? current.indexOf(old.get(0)) : 0;
        if (at < 0) {
            return now;
        }
        from = Math.max(from, 0);
        int count = 0;
        while (from + count < old.size()
                && at + count < current.size()
                && old.get(from + count).equals(current.get(at + count))) {
            count++;
        }
        ObjectNode delta = NODES.objectNode().put("from", from).put("count", count);
        add(delta, "before", current.subList(0, at));
        add(delta, "after", current.subList(at + count, current.size()));
        return delta;
    }

    private static void add(ObjectNode delta, String name, List<JsonNode> elements) {
        if (!elements.isEmpty()) {
            delta.putArray(name).addAll(elements);
        }
    }

    private static List<JsonNode> elements(ArrayNode list) {
        List<JsonNode> elements = new ArrayList<>(list.size());
        list.forEach(elements::add);
        return elements;
    }

    /** Whether both lists are of the same things in the same order. */
    private static boolean sameIds(ArrayNode before, ArrayNode now) {
        if (before.size() != now.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            JsonNode id = now.get(i).get("id");
            if (id == null || !id.equals(before.get(i).get("id"))) {
                return false;
            }
        }
        return true;
    }
}
