package runyard;

/** What a batch function gives for one item: a value, or an error. */
public record Result<T>(T value, Throwable error) {
    public static <T> Result<T> of(T value) {
        return new Result<>(value, null);
    }

    public static <T> Result<T> failed(Throwable error) {
        return new Result<>(null, error);
    }
}
