package runyard;

/** A list of three values in JSON. */
public record Triple<A, B, C>(A first, B second, C third) {}
