package runyard.codec;

import runyard.Pair;
import runyard.Triple;
import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Pair and Triple: lists of just so many values. */
record TupleCodec(List<Codec> items) implements Codec {
    static TupleCodec of(Bound type) {
        List<Codec> items = new ArrayList<>();
        int count = type.raw() == Pair.class ? 2 : 3;
        for (int i = 0; i < count; i++) items.add(Codecs.of(type.argument(i)));
        return new TupleCodec(items);
    }

    @Override
    public Object read(JsonReader in) {
        List<Object> values = new ArrayList<>();
        in.readList(
                index -> {
                    if (index >= items.size())
                        throw new PlacedException("expected " + items.size() + " values");
                    values.add(items.get(index).read(in));
                });
        if (values.size() < items.size())
            throw new PlacedException("expected " + items.size() + " values");
        if (values.size() == 2) return new Pair<>(values.get(0), values.get(1));
        return new Triple<>(values.get(0), values.get(1), values.get(2));
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        Object[] values =
                value instanceof Pair<?, ?> pair
                        ? new Object[] {pair.first(), pair.second()}
                        : new Object[] {
                            ((Triple<?, ?, ?>) value).first(),
                            ((Triple<?, ?, ?>) value).second(),
                            ((Triple<?, ?, ?>) value).third()
                        };
        for (int i = 0; i < values.length; i++) {
            out.raw(i == 0 ? '[' : ',');
            try {
                items.get(i).write(out, values[i]);
            } catch (PlacedException unfit) {
                throw unfit.within(i);
            }
        }
        out.raw(']');
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        List<Object> prefix = new ArrayList<>();
        for (Codec one : items) prefix.add(one.schema(schemas));
        return Schemas.of(
                "type",
                "array",
                "prefixItems",
                prefix,
                "minItems",
                items.size(),
                "maxItems",
                items.size());
    }
}
