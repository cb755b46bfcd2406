package runyard;

import java.util.Map;

/** An algorithm that was called failed. */
public class CallError extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Map<String, Object> told;

    public CallError(String message, Map<String, Object> told) {
        super(message);
        this.told = told;
    }

    /** The error's type, as the algorithm that was called names it. */
    public String type() {
        return told.get("error_type") instanceof String type ? type : "CallError";
    }

    /** Everything that was told of the error. */
    public Map<String, Object> told() {
        return told;
    }
}
