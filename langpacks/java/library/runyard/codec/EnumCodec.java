package runyard.codec;

import runyard.Name;
import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The constants of an enum, by their names or by what {@code @Name} calls them. */
final class EnumCodec implements Codec {
    private final Class<?> type;

    /** Names in JSON by the constants' own. */
    private final Map<String, String> names = new LinkedHashMap<>();

    private Map<String, Object> constants;

    EnumCodec(Class<?> type) {
        this.type = type;
        for (Field field : type.getDeclaredFields()) {
            if (!field.isEnumConstant()) continue;
            Name name = field.getAnnotation(Name.class);
            names.put(field.getName(), name == null ? field.getName() : name.value());
        }
    }

    /** Only now is the class initialized: describing runs no code of a project. */
    private synchronized Map<String, Object> constants() {
        if (constants == null) {
            constants = new LinkedHashMap<>();
            for (Object one : type.getEnumConstants())
                constants.put(names.get(((Enum<?>) one).name()), one);
        }
        return constants;
    }

    @Override
    public Object read(JsonReader in) {
        Object constant = constants().get(in.readText());
        if (constant == null) throw new PlacedException("expected one of " + names.values());
        return constant;
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        out.text(names.get(((Enum<?>) value).name()));
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return Schemas.of(
                "type", "string", "enum", new ArrayList<Object>(List.copyOf(names.values())));
    }
}
