package runyard.pipe;

/** A result that cannot be sent. */
final class InvalidOutput extends RuntimeException {
    private static final long serialVersionUID = 1;

    InvalidOutput(String message) {
        super(message, null, false, false);
    }
}
