package runyard.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one JSON document in UTF-8, value by value. */
public final class JsonReader extends JsonTokens {
    private static final int MAX_DEPTH = 1000;
    private int depth;

    public JsonReader(byte[] data) {
        this(data, 0, data.length);
    }

    public JsonReader(byte[] data, int from, int to) {
        super(data, from, to);
    }

    /** What an object's members, or a list's items, are handed to. */
    public interface Members {
        void member(String name);
    }

    public interface Items {
        void item(int index);
    }

    /** A place to come back to. */
    public record Mark(int at, int depth) {}

    public Mark mark() {
        return new Mark(at, depth);
    }

    public void reset(Mark mark) {
        at = mark.at;
        depth = mark.depth;
    }

    /** Passes over a value, and gives its bytes. */
    public byte[] readRaw() {
        peek();
        int from = at;
        skip();
        return Arrays.copyOfRange(data, from, at);
    }

    /** Throws when there is more than white space left. */
    public void finish() {
        if (peek() != 0 || at < end) throw broken("more after the end of the document");
    }

    public void readObject(Members members) {
        if (peek() != '{') throw new PlacedException("expected an object");
        enter();
        if (peek() == '}') {
            leave();
            return;
        }
        while (true) {
            if (peek() != '"') throw broken("expected a name");
            String name = readText();
            if (peek() != ':') throw broken("expected a colon");
            at++;
            try {
                members.member(name);
            } catch (PlacedException unfit) {
                throw unfit.within(name);
            }
            if (ends('}')) return;
        }
    }

    public void readList(Items items) {
        if (peek() != '[') throw new PlacedException("expected a list");
        enter();
        if (peek() == ']') {
            leave();
            return;
        }
        for (int index = 0; ; index++) {
            try {
                items.item(index);
            } catch (PlacedException unfit) {
                throw unfit.within(index);
            }
            if (ends(']')) return;
        }
    }

    private void enter() {
        at++;
        if (++depth > MAX_DEPTH)
            throw new PlacedException("nested deeper than " + MAX_DEPTH + " levels");
    }

    private void leave() {
        at++;
        depth--;
    }

    private boolean ends(char bracket) {
        byte next = peek();
        if (next == bracket) {
            leave();
            return true;
        }
        if (next != ',') throw broken("expected a comma or " + bracket);
        at++;
        return false;
    }

    public double readDouble() {
        int from = at;
        String text = readNumber();
        try {
            double value = Double.parseDouble(text);
            if (!Double.isInfinite(value)) return value;
        } catch (NumberFormatException wrong) {
            // told below
        }
        at = from;
        throw new PlacedException("expected a number");
    }

    /** A whole number within bounds; 1.0 and 1e3 are whole. */
    public long readWhole(long least, long most) {
        BigInteger big = null;
        String text = readNumber();
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException other) {
            big = wholeOf(text);
            if (big.bitLength() > 63)
                throw new PlacedException("expected a whole number from " + least + " to " + most);
            value = big.longValue();
        }
        if (value >= least && value <= most) return value;
        throw new PlacedException("expected a whole number from " + least + " to " + most);
    }

    public BigInteger readBigInteger() {
        return wholeOf(readNumber());
    }

    private static BigInteger wholeOf(String text) {
        try {
            BigDecimal value = new BigDecimal(text);
            // 1e999999999 has more digits than there is memory.
            if (Math.abs((long) value.scale()) < 10_000) return value.toBigIntegerExact();
        } catch (ArithmeticException | NumberFormatException wrong) {
            // told below
        }
        throw new PlacedException("expected a whole number");
    }

    /** Any value: maps, lists, texts, Long, BigInteger, Double, Boolean and null. */
    public Object readAny() {
        switch (peek()) {
            case '{' -> {
                Map<String, Object> map = new LinkedHashMap<>();
                readObject(name -> map.put(name, readAny()));
                return map;
            }
            case '[' -> {
                List<Object> list = new ArrayList<>();
                readList(index -> list.add(readAny()));
                return list;
            }
            case '"' -> {
                return readText();
            }
            case 't', 'f' -> {
                return readBoolean();
            }
            case 'n' -> {
                readNull();
                return null;
            }
            default -> {
                return number(readNumber());
            }
        }
    }

    private static Object number(String text) {
        try {
            if (text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0) {
                return text.length() < 19
                        ? (Object) Long.parseLong(text)
                        : shortest(new BigInteger(text));
            }
            return Double.parseDouble(text);
        } catch (NumberFormatException wrong) {
            throw new PlacedException("expected a number");
        }
    }

    private static Object shortest(BigInteger value) {
        return value.bitLength() < 64 ? (Object) value.longValue() : value;
    }

    /**
     * Passes over a value, however deep it is; whether its brackets match is seen by whoever reads
     * it.
     */
    public void skip() {
        int open = 0;
        do {
            switch (peek()) {
                case '{', '[' -> {
                    open++;
                    at++;
                }
                case '}', ']' -> {
                    if (--open < 0) throw broken("expected a value");
                    at++;
                }
                case ',', ':' -> at++;
                case '"' -> skipText();
                case 't', 'f' -> readBoolean();
                case 'n' -> readNull();
                default -> readNumber();
            }
        } while (open > 0);
    }
}
