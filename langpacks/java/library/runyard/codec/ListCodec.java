package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Lists, sets and arrays. */
final class ListCodec implements Codec {
    private final Codec items;
    private final boolean unique;
    private final Function<List<Object>, Object> make;

    private ListCodec(Codec items, boolean unique, Function<List<Object>, Object> make) {
        this.items = items;
        this.unique = unique;
        this.make = make;
    }

    static ListCodec list(Codec items) {
        return new ListCodec(items, false, values -> values);
    }

    static ListCodec set(Codec items) {
        return new ListCodec(items, true, LinkedHashSet::new);
    }

    static ListCodec array(Class<?> type, Codec items) {
        return new ListCodec(
                items,
                false,
                values -> {
                    Object array = Array.newInstance(type, values.size());
                    for (int i = 0; i < values.size(); i++) Array.set(array, i, values.get(i));
                    return array;
                });
    }

    @Override
    public Object read(JsonReader in) {
        List<Object> values = new ArrayList<>();
        in.readList(index -> values.add(items.read(in)));
        return make.apply(values);
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        out.raw('[');
        int index = 0;
        if (value instanceof double[] numbers) {
            for (double one : numbers) item(out, index++, one);
        } else if (value.getClass().isArray()) {
            for (int length = Array.getLength(value); index < length; )
                item(out, index, Array.get(value, index++));
        } else {
            for (Object one : (Iterable<?>) value) item(out, index++, one);
        }
        out.raw(']');
    }

    private void item(JsonWriter out, int index, Object one) {
        if (index > 0) out.raw(',');
        try {
            items.write(out, one);
        } catch (PlacedException unfit) {
            throw unfit.within(index);
        }
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        Map<String, Object> schema = Schemas.of("type", "array", "items", items.schema(schemas));
        if (unique) schema.put("uniqueItems", true);
        return schema;
    }
}
