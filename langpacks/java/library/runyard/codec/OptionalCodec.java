package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;

import java.util.Map;
import java.util.Optional;

/** A value or null: as an Optional, or as it is. */
record OptionalCodec(Codec inner, boolean wrapped) implements Codec {
    @Override
    public Object read(JsonReader in) {
        if (in.isNull()) {
            in.readNull();
            return wrapped ? Optional.empty() : null;
        }
        Object value = inner.read(in);
        return wrapped ? Optional.of(value) : value;
    }

    @Override
    public void write(JsonWriter out, Object value) {
        Object held = wrapped && value != null ? ((Optional<?>) value).orElse(null) : value;
        if (held == null) out.raw("null");
        else inner.write(out, held);
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return Schemas.orNull(inner.schema(schemas));
    }
}
