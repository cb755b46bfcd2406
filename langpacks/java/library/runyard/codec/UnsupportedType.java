package runyard.codec;

/** A type that has no form in JSON. */
public final class UnsupportedType extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedType(String message) {
        super(message);
    }

    UnsupportedType within(String name) {
        return new UnsupportedType(name + ": " + getMessage());
    }
}
