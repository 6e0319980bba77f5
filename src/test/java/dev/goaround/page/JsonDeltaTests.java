package dev.goaround.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class JsonDeltaTests {

    private static final JsonMapper MAPPER = JsonMapper.shared();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "none",
            value = {
                "{\"a\":1}                      | {\"a\":1}                       | none",
                "{\"a\":1,\"b\":2}              | {\"a\":1,\"b\":3}               | {\"b\":3}",
                "{\"a\":1,\"b\":2}              | {\"b\":2}                       | {\"a\":null}",
                "{\"a\":{\"b\":1,\"c\":2}}      | {\"a\":{\"b\":1,\"c\":2,\"d\":[]}} | {\"a\":{\"d\":[]}}",
                "{\"a\":[1,2,3]}                | {\"a\":[2,3,4]}                 | {\"a\":{\"from\":1,\"count\":2,\"after\":[4]}}",
                "{\"a\":[1,2,3]}                | {\"a\":[0,1,2]}                 | {\"a\":{\"from\":0,\"count\":2,\"before\":[0]}}",
                "{\"a\":[1]}                    | {\"a\":[]}                      | {\"a\":[]}",
                "{\"a\":[]}                     | {\"a\":[1]}                     | {\"a\":[1]}",
                "{\"a\":[1,2]}                  | {\"a\":[3,4]}                   | {\"a\":[3,4]}",
                "[{\"id\":\"x\",\"n\":1},{\"id\":\"y\",\"n\":1}] | [{\"id\":\"x\",\"n\":1},{\"id\":\"y\",\"n\":2}] | {\"changed\":{\"1\":{\"n\":2}}}",
                "[{\"id\":\"x\",\"n\":1},{\"id\":\"y\",\"n\":1}] | [{\"id\":\"y\",\"n\":1}] | {\"from\":1,\"count\":1}",
            })
    void isNoMoreThanWhatChanged(String before, String now, @Nullable String delta) {
        JsonNode found = JsonDelta.between(MAPPER.readTree(before), MAPPER.readTree(now));
        assertThat(found == null ? null : found.toString()).isEqualTo(delta);
    }

    @Test
    void bringsEveryDocumentToEveryOtherOfItsShape() {
        Random random = new Random(42);
        JsonNode before = document(random);
        for (int i = 0; i < 2000; i++) {
            JsonNode now = document(random);
            JsonNode delta = JsonDelta.between(before, now);
            assertThat(delta == null ? before : applied(before, delta)).isEqualTo(now);
            before = now;
        }
    }

    private static JsonNode document(Random random) {
        List<Map<String, Object>> backends = new ArrayList<>();
        for (int id = 0; id < 4; id++) {
            if (random.nextInt(4) > 0) {
                backends.add(
                        random.nextBoolean()
                                ? Map.of("id", "b" + id, "n", random.nextInt(3))
                                : Map.of("id", "b" + id, "version", "1", "probe", Map.of("at", random.nextInt(3))));
            }
        }
        List<Integer> history = random.ints(random.nextInt(5), 0, 3).boxed().toList();
        return MAPPER.valueToTree(Map.of("backends", backends, "history", history, "up", random.nextInt(2)));
    }

    /** What the page's script does. */
    static JsonNode applied(JsonNode old, JsonNode delta) {
        if (!delta.isObject() || !old.isContainer()) {
            return delta;
        }
        if (old instanceof ArrayNode list) {
            ArrayNode now = MAPPER.createArrayNode();
            if (delta.has("changed")) {
                now.addAll(list);
                delta.get("changed").properties().forEach(change -> {
                    int index = Integer.parseInt(change.getKey());
                    now.set(index, applied(list.get(index), change.getValue()));
                });
                return now;
            }
            delta.path("before").forEach(now::add);
            for (int i = 0; i < delta.get("count").intValue(); i++) {
                now.add(list.get(delta.get("from").intValue() + i));
            }
            delta.path("after").forEach(now::add);
            return now;
        }
        ObjectNode now = ((ObjectNode) old).deepCopy();
        delta.properties().forEach(change -> {
            if (change.getValue().isNull()) {
                now.remove(change.getKey());
            } else {
                JsonNode member = now.get(change.getKey());
                now.set(
                        change.getKey(),
                        member == null
                                ? change.getValue()
                                : applied(Objects.requireNonNull(member), change.getValue()));
            }
        });
        return now;
    }
}
