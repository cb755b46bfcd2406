/**
 * Each method whose name begins with run is an algorithm: described, validated, queued and served.
 */
public final class RunnerAdapter {
    /** What there is in a text. */
    public record Counted(int words, int characters) {}

    /**
     * Counts words and characters.
     *
     * @param text what to count
     * @param times how often the text counts {@minimum 1} {@default 1}
     */
    public static Counted run___ALGO__(String text, int times) {
        int words = text.isBlank() ? 0 : text.strip().split("\\s+").length;
        return new Counted(words * times, text.codePointCount(0, text.length()) * times);
    }
}
