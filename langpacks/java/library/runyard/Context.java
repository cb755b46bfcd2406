package runyard;

import java.time.Duration;
import java.util.Map;

/**
 * What a function may tell and ask while it runs: its last parameter, which is no part of the
 * schema.
 */
public interface Context {
    /** Tells how far the run is, from 0 to 1. */
    void progress(double fraction, String message);

    /** Tells how far the run is, from 0 to 1. */
    default void progress(double fraction) {
        progress(fraction, null);
    }

    /** Writes a line of the run's log. */
    void log(String line);

    /** Whether the run was cancelled; its thread is interrupted then, too. */
    boolean isCancelled();

    /** Waits until the run is cancelled, at most for a time. Says whether it was. */
    boolean awaitCancel(Duration atMost);

    /** Waits until the run is cancelled. */
    void awaitCancel();

    /**
     * Runs another algorithm.
     *
     * @throws CallError when that fails
     */
    default Object call(String algorithm, Map<String, ?> args) {
        return call(algorithm, args, Object.class);
    }

    /**
     * Runs another algorithm whose result is read as a type.
     *
     * @throws CallError when that fails
     */
    <T> T call(String algorithm, Map<String, ?> args, Class<T> type);
}
