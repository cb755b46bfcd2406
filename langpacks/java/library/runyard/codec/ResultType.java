package runyard.codec;

import runyard.Result;

import java.lang.reflect.Method;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * What a function gives: the codec of its result, of one chunk, or of one result of a batch.
 *
 * @param results whether the results of a batch are wrapped, so that they may be errors
 */
public record ResultType(Codec codec, boolean stream, boolean list, boolean results) {
    public static ResultType of(Method method) {
        Bound type = Bound.of(method.getGenericReturnType());
        if (isFuture(type.raw())) type = type.argument(0);
        if (type.raw() == Stream.class || type.raw() == Iterator.class) {
            return new ResultType(Codecs.of(type.argument(0)), true, false, false);
        }
        if (!isBatch(method))
            return new ResultType(
                    Codecs.of(type, method, method.getAnnotatedReturnType()), false, false, false);
        Bound item = type.argument(0);
        boolean results = item.raw() == Result.class;
        return new ResultType(
                Codecs.of(results ? item.argument(0) : item),
                false,
                type.raw() == List.class,
                results);
    }

    public static boolean isBatch(Method method) {
        return method.getName().startsWith("batch");
    }

    private static boolean isFuture(Class<?> raw) {
        return raw == CompletableFuture.class
                || raw == CompletionStage.class
                || raw == Future.class;
    }
}
