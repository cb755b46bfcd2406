package runyard.codec;

import runyard.Name;
import runyard.Tag;
import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A sealed interface: one of its records, told apart by a tag, or by which fits first. */
final class UnionCodec implements Codec {
    private final Bound type;
    private final String tag;
    private Map<String, Bound> members;

    UnionCodec(Bound type) {
        this.type = type;
        Tag declared = type.raw().getAnnotation(Tag.class);
        tag = declared == null ? null : declared.value();
    }

    private synchronized Map<String, Bound> members() {
        if (members == null) {
            Map<String, Bound> found = new LinkedHashMap<>();
            collect(type.raw(), found);
            members = found;
        }
        return members;
    }

    private void collect(Class<?> from, Map<String, Bound> into) {
        for (Class<?> one : from.getPermittedSubclasses()) {
            if (one.isInterface() && one.isSealed()) {
                collect(one, into);
            } else if (!one.isRecord() || one.getTypeParameters().length > 0) {
                throw new UnsupportedType(
                        type
                                + " may be a "
                                + one.getSimpleName()
                                + ", which is no record without type parameters");
            } else if (tag != null && !(Codecs.of(Bound.of(one)) instanceof ObjectCodec)) {
                throw new UnsupportedType(
                        one.getSimpleName() + " is @Unwrapped, and cannot have the tag " + tag);
            } else if (into.put(nameOf(one), Bound.of(one)) != null) {
                throw new UnsupportedType(type + " has two records named " + nameOf(one));
            }
        }
    }

    private static String nameOf(Class<?> member) {
        Name name = member.getAnnotation(Name.class);
        return name == null ? member.getSimpleName() : name.value();
    }

    @Override
    public Object read(JsonReader in) {
        if (tag == null) return readFirst(in);
        JsonReader.Mark start = in.mark();
        String[] found = new String[1];
        in.readObject(
                name -> {
                    if (name.equals(tag)) found[0] = in.readText();
                    else in.skip();
                });
        Bound member = found[0] == null ? null : members().get(found[0]);
        if (member == null)
            throw new PlacedException("expected one of " + members().keySet()).within(tag);
        in.reset(start);
        return ((ObjectCodec) Codecs.of(member)).read(in, tag);
    }

    private Object readFirst(JsonReader in) {
        JsonReader.Mark start = in.mark();
        for (Bound member : members().values()) {
            try {
                return Codecs.of(member).read(in);
            } catch (PlacedException unfit) {
                in.reset(start);
            }
        }
        throw new PlacedException("expected one of " + members().keySet());
    }

    @Override
    public void write(JsonWriter out, Object value) {
        if (value == null)
            throw new PlacedException(
                    "null, which its type does not allow; see Optional and @Nullable");
        Codec member = Codecs.of(Bound.of(value.getClass()));
        if (tag == null) member.write(out, value);
        else ((ObjectCodec) member).write(out, value, tag, nameOf(value.getClass()));
    }

    @Override
    public Map<String, Object> schema(Schemas schemas) {
        return schemas.define(
                this,
                type.raw().getSimpleName(),
                () -> {
                    List<Object> alternatives = new ArrayList<>();
                    members()
                            .forEach(
                                    (name, member) ->
                                            alternatives.add(alternative(schemas, name, member)));
                    if (tag == null) return Schemas.of("anyOf", alternatives);
                    return Schemas.of(
                            "type",
                            "object",
                            "discriminator",
                            Schemas.of("propertyName", tag),
                            "required",
                            List.of(tag),
                            "oneOf",
                            alternatives);
                });
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> alternative(Schemas schemas, String name, Bound member) {
        Map<String, Object> schema = Codecs.of(member).schema(schemas);
        if (tag == null) return schema;
        // A copy in place, for a record that contains the union: the tag belongs to the
        // alternative, not to the record.
        Map<String, Object> made = new LinkedHashMap<>(schemas.resolve(schema));
        Map<String, Object> properties = Schemas.of(tag, Schemas.of("const", name));
        properties.putAll((Map<String, Object>) made.get("properties"));
        List<Object> required = new ArrayList<>(List.of(tag));
        required.addAll((List<Object>) made.get("required"));
        made.put("properties", properties);
        made.put("required", required);
        return made;
    }
}
