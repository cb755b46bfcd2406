package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;

import java.util.Map;

/** How values of one type stand in JSON. */
public interface Codec {
    /** Reads a value. Throws a PlacedException for one that does not fit. */
    Object read(JsonReader in);

    /** Writes a value. Throws a PlacedException for one that JSON cannot hold. */
    void write(JsonWriter out, Object value);

    /** The JSON Schema of the type. The caller may change it. */
    Map<String, Object> schema(Schemas schemas);
}
