package runyard;

/** A list of two values in JSON. */
public record Pair<A, B>(A first, B second) {}
