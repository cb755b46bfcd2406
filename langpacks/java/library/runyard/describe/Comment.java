package runyard.describe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A doc comment taken apart: what it says of the whole, of each argument, and under "return" of the
 * result.
 */
record Comment(String text, Map<String, String> arguments) {
    static final String RETURN = "return";
    private static final Pattern TAG = Pattern.compile("^@(\\w+)\\s*(.*)$");
    private static final Pattern ARGUMENT = Pattern.compile("^(\\w+)\\s*(.*)$");
    private static final Pattern INLINE =
            Pattern.compile("\\{@(?:code|literal|link|linkplain)\\s+([^{}]*)}");

    static Comment parse(String source) {
        Map<String, String> arguments = new LinkedHashMap<>();
        StringBuilder words = new StringBuilder();
        String current = "";
        for (String raw : (source == null ? "" : source).split("\n")) {
            String line = raw.strip();
            Matcher tag = TAG.matcher(line);
            if (tag.matches()) {
                current = begin(tag.group(1), tag.group(2), arguments);
            } else if (current.isEmpty()) {
                words.append(line).append('\n');
            } else if (arguments.containsKey(current)) {
                arguments.merge(current, line, (before, more) -> (before + " " + more).strip());
            }
        }
        return new Comment(plain(words.toString()), arguments);
    }

    /** Gives the name under which what follows is kept; of other tags nothing is. */
    private static String begin(String tag, String rest, Map<String, String> arguments) {
        Matcher argument = ARGUMENT.matcher(rest);
        if (tag.equals("param") && argument.matches()) {
            arguments.put(argument.group(1), argument.group(2));
            return argument.group(1);
        }
        if (!tag.equals(RETURN)) return "@" + tag;
        arguments.put(RETURN, rest);
        return RETURN;
    }

    /** Words without the markup of doc comments. */
    static String plain(String words) {
        return INLINE.matcher(words)
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1)))
                .replaceAll("\\s*<p>\\s*", "\n\n")
                .replaceAll("</?(?:code|em|b|i|strong)>", "")
                .strip();
    }
}
