package runyard;

/** The run was cancelled while it waited for something. */
public class Cancelled extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Cancelled() {
        super("The run was cancelled");
    }
}
