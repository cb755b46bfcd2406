package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;

import java.util.Map;

/** Null, of functions that give nothing. */
final class NothingCodec implements Codec {
    @Override
    public Object read(JsonReader in) {
        in.readNull();
        return null;
    }

    @Override
    public void write(JsonWriter out, Object value) {
        out.raw("null");
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return Schemas.of("type", "null");
    }
}
