package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.lang.reflect.RecordComponent;
import java.util.Map;

/** A record that is its only component in JSON. */
final class UnwrappedCodec implements Codec {
    private final ObjectFields fields;
    private final Codec inner;

    UnwrappedCodec(Bound type) {
        RecordComponent[] components = type.raw().getRecordComponents();
        if (components.length != 1)
            throw new UnsupportedType(
                    type + " is @Unwrapped, and must have one component for that");
        fields = new ObjectFields(type);
        inner = fields.list().get(0).codec();
    }

    @Override
    public Object read(JsonReader in) {
        return fields.make(new Object[] {inner.read(in)});
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        inner.write(out, fields.list().get(0).value(value));
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return inner.schema(schemas);
    }
}
