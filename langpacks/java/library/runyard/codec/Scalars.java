package runyard.codec;

import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Types whose values are one text, number or truth value. */
final class Scalars {
    private static final Map<Class<?>, Codec> KNOWN = new HashMap<>();

    private record Scalar(
            Map<String, Object> shape,
            Function<JsonReader, Object> reading,
            BiConsumer<JsonWriter, Object> writing)
            implements Codec {
        @Override
        public Object read(JsonReader in) {
            return reading.apply(in);
        }

        @Override
        public void write(JsonWriter out, Object value) {
            if (value == null)
                throw new PlacedException(
                        "null, which its type does not allow; see Optional and @Nullable");
            writing.accept(out, value);
        }

        @Override
        public Map<String, Object> schema(Schemas schemas) {
            return new java.util.LinkedHashMap<>(shape);
        }
    }

    static {
        add(
                of("type", "string"),
                JsonReader::readText,
                (out, value) -> out.text((String) value),
                String.class);
        add(
                of("type", "string"),
                JsonReader::readText,
                (out, value) -> out.text(value.toString()),
                CharSequence.class);
        add(
                of("type", "boolean"),
                JsonReader::readBoolean,
                (out, value) -> out.raw(value.toString()),
                boolean.class,
                Boolean.class);
        whole(Long.MIN_VALUE, Long.MAX_VALUE, value -> value, long.class, Long.class);
        whole(
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                value -> (int) value.longValue(),
                int.class,
                Integer.class);
        whole(
                Short.MIN_VALUE,
                Short.MAX_VALUE,
                value -> (short) value.longValue(),
                short.class,
                Short.class);
        whole(
                Byte.MIN_VALUE,
                Byte.MAX_VALUE,
                value -> (byte) value.longValue(),
                byte.class,
                Byte.class);
        Map<String, Object> number = of("type", "number");
        add(
                number,
                JsonReader::readDouble,
                (out, value) -> out.number((double) value),
                double.class,
                Double.class);
        add(number, in -> (float) in.readDouble(), Scalars::writeFloat, float.class, Float.class);
        add(
                number,
                Scalars::readDecimal,
                (out, value) -> out.raw(value.toString()),
                BigDecimal.class);
        add(number, Scalars::readNumber, Scalars::writeNumber, Number.class);
        add(
                of("type", "integer"),
                JsonReader::readBigInteger,
                (out, value) -> out.raw(value.toString()),
                BigInteger.class);
        add(
                of("type", "string", "minLength", 1, "maxLength", 1),
                Scalars::readCharacter,
                (out, value) -> out.text(value.toString()),
                char.class,
                Character.class);
        KNOWN.put(Object.class, new AnythingCodec());
        addTimes();
        text("uuid", UUID::fromString, UUID.class);
        text("uri", URI::create, URI.class);
        text("date", LocalDate::parse, LocalDate.class);
        KNOWN.put(void.class, new NothingCodec());
        KNOWN.put(Void.class, new NothingCodec());
    }

    private Scalars() {}

    static Codec of(Class<?> type) {
        return KNOWN.get(type);
    }

    private static Map<String, Object> of(Object... namesAndValues) {
        return Schemas.of(namesAndValues);
    }

    private static void add(
            Map<String, Object> shape,
            Function<JsonReader, Object> read,
            BiConsumer<JsonWriter, Object> write,
            Class<?>... types) {
        for (Class<?> type : types) KNOWN.put(type, new Scalar(shape, read, write));
    }

    private static void whole(
            long least, long most, Function<Long, Object> narrow, Class<?>... types) {
        Map<String, Object> shape = of("type", "integer");
        if (most < Integer.MAX_VALUE) shape.putAll(of("minimum", least, "maximum", most));
        add(
                shape,
                in -> narrow.apply(in.readWhole(least, most)),
                (out, value) -> out.number(((Number) value).longValue()),
                types);
    }

    private static void text(String format, Function<String, Object> parse, Class<?> type) {
        Function<JsonReader, Object> read =
                in -> {
                    String text = in.readText();
                    try {
                        return parse.apply(text);
                    } catch (IllegalArgumentException | DateTimeException wrong) {
                        throw new PlacedException("expected a text of the format " + format);
                    }
                };
        add(
                of("type", "string", "format", format),
                read,
                (out, value) -> out.text(value.toString()),
                type);
    }

    private static void addTimes() {
        time(OffsetDateTime::toInstant, Object::toString, Instant.class);
        time(
                moment -> moment,
                value -> ((OffsetDateTime) value).toInstant().toString(),
                OffsetDateTime.class);
        time(
                OffsetDateTime::toZonedDateTime,
                value -> ((ZonedDateTime) value).toInstant().toString(),
                ZonedDateTime.class);
        time(
                moment -> Date.from(moment.toInstant()),
                value -> ((Date) value).toInstant().toString(),
                Date.class);
    }

    private static void time(
            Function<OffsetDateTime, Object> make, Function<Object, String> show, Class<?> type) {
        Function<JsonReader, Object> read =
                in -> {
                    String text = in.readText();
                    try {
                        return make.apply(
                                OffsetDateTime.parse(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME)
                                        .withOffsetSameInstant(ZoneOffset.UTC));
                    } catch (DateTimeException wrong) {
                        throw new PlacedException(
                                "expected a date and time such as 2026-01-31T12:00:00Z");
                    }
                };
        add(
                of("type", "string", "format", "date-time"),
                read,
                (out, value) -> out.text(show.apply(value)),
                type);
    }

    private static Object readDecimal(JsonReader in) {
        try {
            return new BigDecimal(in.readNumber());
        } catch (NumberFormatException wrong) {
            throw new PlacedException("expected a number");
        }
    }

    private static Object readNumber(JsonReader in) {
        byte next = in.peek();
        if (next != '-' && (next < '0' || next > '9'))
            throw new PlacedException("expected a number");
        return in.readAny();
    }

    private static Object readCharacter(JsonReader in) {
        String text = in.readText();
        if (text.length() == 1) return text.charAt(0);
        throw new PlacedException("expected a text of one character");
    }

    static void writeFloat(JsonWriter out, Object value) {
        float number = (float) value;
        if (Float.isFinite(number)) out.raw(Float.toString(number));
        else out.number((double) number);
    }

    private static void writeNumber(JsonWriter out, Object value) {
        KNOWN.get(Object.class).write(out, value);
    }
}
