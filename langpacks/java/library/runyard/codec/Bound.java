package runyard.codec;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A class with the types that stand for its type parameters: none for one that has none, or is used
 * raw.
 */
public record Bound(Class<?> raw, List<Bound> arguments) {
    public static Bound of(Type type) {
        return of(type, Map.of());
    }

    static Bound of(Type type, Map<TypeVariable<?>, Bound> known) {
        if (type instanceof Class<?> plain) return new Bound(plain, List.of());
        if (type instanceof ParameterizedType parameterized) {
            List<Bound> arguments = new ArrayList<>();
            for (Type one : parameterized.getActualTypeArguments()) arguments.add(of(one, known));
            return new Bound((Class<?>) parameterized.getRawType(), arguments);
        }
        if (type instanceof WildcardType wildcard) return of(wildcard.getUpperBounds()[0], known);
        if (type instanceof GenericArrayType array) {
            Bound items = of(array.getGenericComponentType(), known);
            return new Bound(items.raw.arrayType(), items.arguments);
        }
        if (type instanceof TypeVariable<?> variable && known.containsKey(variable))
            return known.get(variable);
        throw new UnsupportedType(
                "the type parameter " + type.getTypeName() + " stands for no type");
    }

    /** What the type parameters of the class stand for. */
    Map<TypeVariable<?>, Bound> variables() {
        Map<TypeVariable<?>, Bound> known = new HashMap<>();
        TypeVariable<?>[] variables = raw.getTypeParameters();
        for (int i = 0; i < arguments.size() && i < variables.length; i++)
            known.put(variables[i], arguments.get(i));
        return known;
    }

    /** A type argument; anything for a class that is used raw. */
    public Bound argument(int index) {
        return index < arguments.size() ? arguments.get(index) : new Bound(Object.class, List.of());
    }

    Bound component() {
        return new Bound(raw.componentType(), arguments);
    }

    @Override
    public String toString() {
        if (arguments.isEmpty())
            return raw.getTypeName().replace('$', '.').replaceFirst("^java\\.(lang|util)\\.", "");
        String inner =
                arguments.stream().map(Bound::toString).collect(Collectors.joining(", ", "<", ">"));
        return new Bound(raw, List.of()) + inner;
    }
}
