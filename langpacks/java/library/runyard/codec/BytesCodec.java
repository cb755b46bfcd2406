package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Bytes: {@code {"$binary": base64}}. */
final class BytesCodec implements Codec {
    @Override
    public Object read(JsonReader in) {
        byte[][] found = new byte[1][];
        in.readObject(
                name -> {
                    if (!name.equals("$binary")) throw new PlacedException("unknown property");
                    found[0] = decode(in.readText());
                });
        if (found[0] == null) throw new PlacedException("expected {\"$binary\": base64}");
        return found[0];
    }

    private static byte[] decode(String text) {
        try {
            if (text.length() % 4 == 0) return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException wrong) {
            // told below
        }
        throw new PlacedException("expected base64");
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        byte[] text = Base64.getEncoder().encode((byte[]) value);
        out.raw("{\"$binary\":\"").raw(text, 0, text.length).raw("\"}");
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return Schemas.of(
                "type",
                "object",
                "properties",
                Schemas.of("$binary", Schemas.of("type", "string")),
                "required",
                List.of("$binary"),
                "additionalProperties",
                false,
                "x-type",
                "bytes");
    }
}
