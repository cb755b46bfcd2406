package runyard;

/** Something that the input names could not be fetched. */
public class RequestError extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;

    public RequestError(int status) {
        this(status, "Error fetching request image, received " + status);
    }

    public RequestError(int status, String message) {
        super(message);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
