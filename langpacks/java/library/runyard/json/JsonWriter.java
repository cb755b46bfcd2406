package runyard.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds one JSON document in UTF-8, without spaces. */
public final class JsonWriter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);
    private byte[] data = new byte[512];
    private int size;

    public byte[] bytes() {
        return data;
    }

    public int size() {
        return size;
    }

    /** Forgets what was written after a position. */
    public void cut(int position) {
        size = position;
    }

    /** Appends ASCII as it is. */
    public JsonWriter raw(String ascii) {
        int length = ascii.length();
        room(length);
        for (int i = 0; i < length; i++) data[size + i] = (byte) ascii.charAt(i);
        size += length;
        return this;
    }

    public JsonWriter raw(char ascii) {
        room(1);
        data[size++] = (byte) ascii;
        return this;
    }

    public JsonWriter raw(byte[] source, int from, int to) {
        room(to - from);
        System.arraycopy(source, from, data, size, to - from);
        size += to - from;
        return this;
    }

    public JsonWriter number(long value) {
        return raw(Long.toString(value));
    }

    public JsonWriter number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new PlacedException(value + " has no form in JSON");
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e15 && (value != 0 || 1 / value > 0)) {
            return number((long) value);
        }
        return raw(Double.toString(value));
    }

    public JsonWriter text(String text) {
        int length = text.length();
        room(length + 2);
        data[size++] = '"';
        int i = 0;
        while (i < length && isPlain(text.charAt(i))) data[size++] = (byte) text.charAt(i++);
        while (i < length) i = append(text, i);
        return raw('"');
    }

    private static boolean isPlain(char one) {
        return one >= ' ' && one < 0x7f && one != '"' && one != '\\';
    }

    private int append(String text, int i) {
        room(8 + text.length() - i);
        char one = text.charAt(i);
        if (isPlain(one)) {
            data[size++] = (byte) one;
        } else if (one < 0x80) {
            escape(one);
        } else if (one < 0x800) {
            data[size++] = (byte) (0xc0 | one >> 6);
            data[size++] = (byte) (0x80 | one & 0x3f);
        } else if (!Character.isSurrogate(one)) {
            data[size++] = (byte) (0xe0 | one >> 12);
            data[size++] = (byte) (0x80 | one >> 6 & 0x3f);
            data[size++] = (byte) (0x80 | one & 0x3f);
        } else if (Character.isHighSurrogate(one)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1))) {
            int code = Character.toCodePoint(one, text.charAt(i + 1));
            data[size++] = (byte) (0xf0 | code >> 18);
            data[size++] = (byte) (0x80 | code >> 12 & 0x3f);
            data[size++] = (byte) (0x80 | code >> 6 & 0x3f);
            data[size++] = (byte) (0x80 | code & 0x3f);
            return i + 2;
        } else {
            unicode(one); // half of a pair has no form in UTF-8
        }
        return i + 1;
    }

    private void escape(char one) {
        switch (one) {
            case '"', '\\' -> raw('\\').raw(one);
            case '\n' -> raw("\\n");
            case '\r' -> raw("\\r");
            case '\t' -> raw("\\t");
            default -> unicode(one);
        }
    }

    private void unicode(char one) {
        raw("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) raw((char) HEX[one >> shift & 0xf]);
    }

    private void room(int more) {
        if (data.length - size < more)
            data = Arrays.copyOf(data, Math.max(data.length * 2, size + more + 64));
    }

    @Override
    public String toString() {
        return new String(data, 0, size, StandardCharsets.UTF_8);
    }
}
