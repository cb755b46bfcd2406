package runyard.codec;

import runyard.Pair;
import runyard.Triple;
import runyard.Unwrapped;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Finds the codec of a type. */
public final class Codecs {
    private static final Map<Bound, Codec> KNOWN = new ConcurrentHashMap<>();

    private Codecs() {}

    /** The codec of a type. Throws UnsupportedType, which says why there is none. */
    public static Codec of(Bound type) {
        Codec known = KNOWN.get(type);
        if (known != null) return known;
        Codec made = make(type);
        KNOWN.put(type, made);
        return made;
    }

    /** The codec of a type that an annotation may let be null. */
    public static Codec of(Bound type, AnnotatedElement... declared) {
        Codec codec = of(type);
        return isNullable(declared) ? new OptionalCodec(codec, false) : codec;
    }

    /**
     * Whether an annotation named Nullable, whatever its package, stands at a declaration or its
     * type.
     */
    public static boolean isNullable(AnnotatedElement... declared) {
        for (AnnotatedElement element : declared) {
            for (Annotation one : element.getAnnotations()) {
                if (one.annotationType().getSimpleName().equals("Nullable")) return true;
            }
        }
        return false;
    }

    private static Codec make(Bound type) {
        Class<?> raw = type.raw();
        Codec scalar = Scalars.of(raw);
        if (scalar != null) return scalar;
        if (raw == byte[].class) return new BytesCodec();
        if (raw.isArray()) return ListCodec.array(raw.componentType(), of(type.component()));
        if (raw == Optional.class) return new OptionalCodec(of(type.argument(0)), true);
        if (raw == List.class || raw == Collection.class || raw == Iterable.class)
            return ListCodec.list(of(type.argument(0)));
        if (raw == Set.class) return ListCodec.set(of(type.argument(0)));
        if (raw == Map.class) return new MapCodec(keyed(type));
        if (raw == Pair.class || raw == Triple.class) return TupleCodec.of(type);
        if (raw.isEnum()) return new EnumCodec(raw);
        if (raw.isRecord())
            return raw.isAnnotationPresent(Unwrapped.class)
                    ? new UnwrappedCodec(type)
                    : new ObjectCodec(type);
        if (raw.isInterface() && raw.isSealed()) return new UnionCodec(type);
        if (isPlainObject(raw)) return new ObjectCodec(type);
        throw new UnsupportedType(type + " has no form in JSON" + advice(raw));
    }

    private static Codec keyed(Bound type) {
        Class<?> key = type.argument(0).raw();
        if (key == String.class || type.arguments().isEmpty()) return of(type.argument(1));
        throw new UnsupportedType("the keys of a map must be String, but are " + type.argument(0));
    }

    /** A class with fields of its own and a constructor that takes nothing. */
    private static boolean isPlainObject(Class<?> raw) {
        if (raw.isInterface() || raw.isPrimitive() || Modifier.isAbstract(raw.getModifiers()))
            return false;
        if (raw.getClassLoader() == null || raw.getSuperclass() != Object.class) return false;
        try {
            raw.getDeclaredConstructor();
            return ObjectFields.hasFields(raw);
        } catch (NoSuchMethodException none) {
            return false;
        }
    }

    private static String advice(Class<?> raw) {
        if (Map.class.isAssignableFrom(raw)) return "; take Map<String, T>";
        if (Collection.class.isAssignableFrom(raw)) return "; take List<T>";
        if (raw.isInterface() && raw.getClassLoader() != null)
            return "; a sealed interface of records has one";
        return raw.getClassLoader() == null ? "" : "; a record has one";
    }
}
