package runyard.json;

/** A value that does not fit, with its place as a JSON pointer. */
public final class PlacedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private String path = "";

    public PlacedException(String message) {
        super(message, null, false, false);
    }

    /** Says that the place is inside something of that name. */
    public PlacedException within(String name) {
        path = "/" + name.replace("~", "~0").replace("/", "~1") + path;
        return this;
    }

    public PlacedException within(int index) {
        path = "/" + index + path;
        return this;
    }

    public String path() {
        return path;
    }

    /** The message with its place. */
    public String whole() {
        return path.isEmpty() ? getMessage() : path + ": " + getMessage();
    }
}
