package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.util.LinkedHashMap;
import java.util.Map;

/** Values by any names. */
record MapCodec(Codec values) implements Codec {
    @Override
    public Object read(JsonReader in) {
        Map<String, Object> map = new LinkedHashMap<>();
        in.readObject(name -> map.put(name, values.read(in)));
        return map;
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        char before = '{';
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
            String name = String.valueOf(entry.getKey());
            out.raw(before).text(name).raw(':');
            before = ',';
            try {
                values.write(out, entry.getValue());
            } catch (PlacedException unfit) {
                throw unfit.within(name);
            }
        }
        out.raw(before == '{' ? "{}" : "}");
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return Schemas.of("type", "object", "additionalProperties", values.schema(schemas));
    }
}
