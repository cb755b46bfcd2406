package runyard.json;

import java.nio.charset.StandardCharsets;

/** Reads the words, texts and numbers of one JSON document in UTF-8. */
abstract class JsonTokens {
    final byte[] data;
    final int end;
    int at;

    JsonTokens(byte[] data, int from, int to) {
        this.data = data;
        this.at = from;
        this.end = to;
    }

    /** The next byte that is no white space; 0 at the end. */
    public byte peek() {
        while (at < end) {
            byte next = data[at];
            if (next != ' ' && next != '\n' && next != '\r' && next != '\t') return next;
            at++;
        }
        return 0;
    }

    public boolean isNull() {
        return peek() == 'n';
    }

    public void readNull() {
        word("null", "null");
    }

    public boolean readBoolean() {
        byte next = peek();
        if (next == 't') word("true", "true or false");
        else word("false", "true or false");
        return next == 't';
    }

    private void word(String word, String expected) {
        peek();
        int length = word.length();
        if (at + length > end) throw new PlacedException("expected " + expected);
        for (int i = 0; i < length; i++) {
            if (data[at + i] != word.charAt(i)) throw new PlacedException("expected " + expected);
        }
        at += length;
    }

    public String readText() {
        if (peek() != '"') throw new PlacedException("expected a text");
        int start = ++at;
        int all = 0;
        for (int i = start; i < end; i++) {
            byte one = data[i];
            if (one == '"') {
                at = i + 1;
                return new String(
                        data,
                        start,
                        i - start,
                        all < 0 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
            }
            if (one == '\\') return readEscaped(start, i);
            if (one >= 0 && one < ' ') throw broken("a control character in a text");
            all |= one;
        }
        throw broken("a text without its end");
    }

    private String readEscaped(int start, int first) {
        StringBuilder text = new StringBuilder(first - start + 64);
        int from = start;
        int i = first;
        while (i < end) {
            byte one = data[i];
            if (one >= 0 && one < ' ') throw broken("a control character in a text");
            if (one != '"' && one != '\\') {
                i++;
                continue;
            }
            text.append(new String(data, from, i - from, StandardCharsets.UTF_8));
            if (one == '"') {
                at = i + 1;
                return text.toString();
            }
            if (i + 1 >= end) break;
            i = unescape(text, i + 1);
            from = i;
        }
        throw broken("a text without its end");
    }

    private int unescape(StringBuilder text, int i) {
        switch (data[i]) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case '"', '\\', '/' -> text.append((char) data[i]);
            case 'u' -> {
                text.append((char) hex(i + 1));
                return i + 5;
            }
            default -> throw broken("an unknown escape");
        }
        return i + 1;
    }

    private int hex(int from) {
        int code = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = i < end ? Character.digit(data[i], 16) : -1;
            if (digit < 0) throw broken("\\u takes four hexadecimal digits");
            code = code * 16 + digit;
        }
        return code;
    }

    /** The text of a number, by the grammar of JSON. */
    public String readNumber() {
        byte first = peek();
        if (first != '-' && (first < '0' || first > '9')) {
            throw new PlacedException("expected a number");
        }
        int start = at;
        if (first == '-') at++;
        boolean zero = byteAt(at) == '0';
        int digits = skipDigits();
        if (zero && digits > 1) throw broken("a number that begins with 0");
        if (byteAt(at) == '.') {
            at++;
            skipDigits();
        }
        if (byteAt(at) == 'e' || byteAt(at) == 'E') {
            at++;
            if (byteAt(at) == '+' || byteAt(at) == '-') at++;
            skipDigits();
        }
        return new String(data, start, at - start, StandardCharsets.ISO_8859_1);
    }

    private byte byteAt(int place) {
        return place < end ? data[place] : 0;
    }

    private int skipDigits() {
        int start = at;
        while (at < end && data[at] >= '0' && data[at] <= '9') at++;
        if (at == start) throw broken("a number without its digits");
        return at - start;
    }

    final void skipText() {
        for (int i = at + 1; i < end; i++) {
            if (data[i] == '\\') {
                i++;
            } else if (data[i] == '"') {
                at = i + 1;
                return;
            }
        }
        throw broken("a text without its end");
    }

    final PlacedException broken(String what) {
        return new PlacedException("no JSON: " + what + " at byte " + at);
    }
}
