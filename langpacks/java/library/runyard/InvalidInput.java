package runyard;

/** The input is at fault: the caller gets a 400, and no try is wasted. */
public class InvalidInput extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final String path;

    public InvalidInput(String message) {
        this(message, "");
    }

    /** The path is the name of an argument, or a JSON pointer such as {@code /people/0/age}. */
    public InvalidInput(String message, String path) {
        super(message);
        this.path = path;
    }

    public String path() {
        return path;
    }
}
