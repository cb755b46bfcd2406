package runyard.codec;

import runyard.Name;
import runyard.json.PlacedException;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What an object consists of: the components of a record, or the fields of a class. */
final class ObjectFields {
    /** One of them. An Optional is left out where it is empty. */
    record Part(
            String own,
            String name,
            Codec codec,
            boolean optional,
            boolean wrapped,
            AccessibleObject getter) {
        Object value(Object owner) {
            try {
                return getter instanceof Field field
                        ? field.get(owner)
                        : ((java.lang.reflect.Method) getter).invoke(owner);
            } catch (InvocationTargetException thrown) {
                throw new PlacedException(String.valueOf(thrown.getCause()));
            } catch (IllegalAccessException closed) {
                throw new IllegalStateException(closed);
            }
        }

        Object absent() {
            return wrapped ? Optional.empty() : null;
        }
    }

    private final Class<?> type;
    private final List<Part> list = new ArrayList<>();
    private final Constructor<?> constructor;

    ObjectFields(Bound bound) {
        type = bound.raw();
        try {
            if (type.isRecord()) {
                RecordComponent[] components = type.getRecordComponents();
                for (RecordComponent one : components) {
                    add(
                            bound,
                            one.getName(),
                            one.getGenericType(),
                            one.getAccessor(),
                            one,
                            one.getAnnotatedType());
                }
                constructor =
                        type.getDeclaredConstructor(
                                Arrays.stream(components)
                                        .map(RecordComponent::getType)
                                        .toArray(Class<?>[]::new));
            } else {
                for (Field one : type.getDeclaredFields()) {
                    if (counts(one))
                        add(
                                bound,
                                one.getName(),
                                one.getGenericType(),
                                one,
                                one,
                                one.getAnnotatedType());
                }
                constructor = type.getDeclaredConstructor();
            }
        } catch (NoSuchMethodException missing) {
            throw new UnsupportedType(bound + " has no constructor that can be called");
        }
        constructor.setAccessible(true);
    }

    static boolean hasFields(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields()).anyMatch(ObjectFields::counts);
    }

    private static boolean counts(Field field) {
        return !Modifier.isStatic(field.getModifiers())
                && !Modifier.isTransient(field.getModifiers())
                && !field.isSynthetic();
    }

    private void add(
            Bound owner,
            String own,
            Type generic,
            AccessibleObject getter,
            AnnotatedElement declared,
            AnnotatedType annotated) {
        getter.setAccessible(true);
        Name name = declared.getAnnotation(Name.class);
        try {
            Bound part = Bound.of(generic, owner.variables());
            boolean wrapped = part.raw() == Optional.class;
            Codec codec =
                    wrapped ? Codecs.of(part.argument(0)) : Codecs.of(part, declared, annotated);
            boolean optional = wrapped || Codecs.isNullable(declared, annotated);
            list.add(
                    new Part(
                            own,
                            name == null ? own : name.value(),
                            codec,
                            optional,
                            wrapped,
                            getter));
        } catch (UnsupportedType unsupported) {
            throw unsupported.within(own);
        }
    }

    List<Part> list() {
        return list;
    }

    int indexOf(String name) {
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).name.equals(name)) return i;
        }
        return -1;
    }

    /**
     * Makes an object of its parts; what a record's constructor refuses is at the input's fault.
     */
    Object make(Object[] values) {
        try {
            if (type.isRecord()) return constructor.newInstance(values);
            Object made = constructor.newInstance();
            for (int i = 0; i < values.length; i++) {
                if (values[i] != null) ((Field) list.get(i).getter).set(made, values[i]);
            }
            return made;
        } catch (InvocationTargetException thrown) {
            if (thrown.getCause() instanceof RuntimeException refused) {
                String message = refused.getMessage();
                throw new PlacedException(message == null ? refused.toString() : message);
            }
            throw new IllegalStateException(thrown.getCause());
        } catch (ReflectiveOperationException closed) {
            throw new IllegalStateException(closed);
        }
    }
}
