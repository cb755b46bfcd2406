package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Objects with names that are known. */
final class ObjectCodec implements Codec {
    private final Bound type;
    private ObjectFields fields;

    ObjectCodec(Bound type) {
        this.type = type;
    }

    /** Found late: a type may contain itself. */
    private synchronized ObjectFields found() {
        if (fields == null) fields = new ObjectFields(type);
        return fields;
    }

    private ObjectFields fields() {
        return fields == null ? found() : fields;
    }

    @Override
    public Object read(JsonReader in) {
        return read(in, null);
    }

    /** Reads an object that may have a tag beside its own members. */
    Object read(JsonReader in, String tag) {
        ObjectFields known = fields();
        Object[] values = new Object[known.list().size()];
        boolean[] given = new boolean[values.length];
        in.readObject(
                name -> {
                    int index = known.indexOf(name);
                    if (index >= 0) {
                        Object value = known.list().get(index).codec().read(in);
                        values[index] =
                                known.list().get(index).wrapped() ? Optional.of(value) : value;
                        given[index] = true;
                    } else if (name.equals(tag)) {
                        in.skip();
                    } else {
                        throw new PlacedException("unknown property");
                    }
                });
        for (int i = 0; i < values.length; i++) {
            if (given[i]) continue;
            ObjectFields.Part part = known.list().get(i);
            if (!part.optional()) throw new PlacedException("missing").within(part.name());
            values[i] = part.absent();
        }
        return known.make(values);
    }

    @Override
    public void write(JsonWriter out, Object value) {
        write(out, value, null, null);
    }

    void write(JsonWriter out, Object value, String tag, String tagged) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        char before = '{';
        if (tag != null) {
            out.raw(before).text(tag).raw(':').text(tagged);
            before = ',';
        }
        for (ObjectFields.Part part : fields().list()) {
            Object held = part.value(value);
            if (part.wrapped()) {
                if (held == null || ((Optional<?>) held).isEmpty()) continue;
                held = ((Optional<?>) held).get();
            }
            out.raw(before).text(part.name()).raw(':');
            before = ',';
            try {
                part.codec().write(out, held);
            } catch (PlacedException unfit) {
                throw unfit.within(part.name());
            }
        }
        out.raw(before == '{' ? "{}" : "}");
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return schemas.define(
                this,
                type.raw().getSimpleName(),
                () -> {
                    Map<String, Object> properties = Schemas.of();
                    List<String> required = new ArrayList<>();
                    for (ObjectFields.Part part : fields().list()) {
                        try {
                            properties.put(
                                    part.name(),
                                    schemas.comment(
                                            part.codec().schema(schemas), type.raw(), part.own()));
                        } catch (UnsupportedType unsupported) {
                            throw unsupported.within(part.own());
                        }
                        if (!part.optional()) required.add(part.name());
                    }
                    return Schemas.of(
                            "type",
                            "object",
                            "properties",
                            properties,
                            "required",
                            required,
                            "additionalProperties",
                            false);
                });
    }
}
