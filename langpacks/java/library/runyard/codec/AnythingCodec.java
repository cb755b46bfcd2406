package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;

import java.util.Map;
import java.util.Optional;

/** Anything: what was given is read by its own form, what is written by its class. */
final class AnythingCodec implements Codec {
    @Override
    public Object read(JsonReader in) {
        return in.readAny();
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null) out.raw("null");
        else Codecs.of(typeOf(value)).write(out, value);
    }

    private static Bound typeOf(Object value) {
        if (value instanceof Map) return Bound.of(Map.class);
        if (value instanceof Iterable && !(value.getClass().isRecord()))
            return Bound.of(Iterable.class);
        if (value instanceof Optional) return Bound.of(Optional.class);
        if (value instanceof Enum<?> constant) return Bound.of(constant.getDeclaringClass());
        if (value instanceof CharSequence && !(value instanceof String))
            return Bound.of(CharSequence.class);
        if (value.getClass() == Object.class)
            throw new runyard.json.PlacedException("an Object has no form in JSON");
        try {
            Codecs.of(Bound.of(value.getClass()));
        } catch (UnsupportedType unknown) {
            throw new runyard.json.PlacedException(unknown.getMessage());
        }
        return Bound.of(value.getClass());
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return Schemas.of();
    }
}
