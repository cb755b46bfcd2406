package runyard.pipe;

import runyard.Result;
import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.util.ArrayList;
import java.util.List;

/** Several inputs for one call of a batch function: those that do not fit fail alone. */
final class Batch {
    private final Run run;
    private final Algorithm algorithm;
    private final List<Object> items = new ArrayList<>();

    /** What was wrong with each input; null where nothing was. */
    private final List<Throwable> refused = new ArrayList<>();

    Batch(Run run, Algorithm algorithm) {
        this.run = run;
        this.algorithm = algorithm;
    }

    JsonWriter answer(Message message) throws Throwable {
        JsonWriter document = Answers.begin(message.id).raw(',');
        if (message.batch == null) {
            read(new JsonReader(message.args));
            return outcomes(document, "");
        }
        JsonReader in = new JsonReader(message.batch);
        in.readList(index -> read(in));
        return outcomes(document.raw("\"results\":["), "{").raw(']');
    }

    private void read(JsonReader in) {
        JsonReader.Mark start = in.mark();
        try {
            items.add(algorithm.item().read(in));
            refused.add(null);
        } catch (PlacedException unfit) {
            refused.add(unfit);
            in.reset(start);
            in.skip();
        }
    }

    private JsonWriter outcomes(JsonWriter document, String open) throws Throwable {
        List<?> results = items.isEmpty() ? List.of() : call();
        int next = 0;
        for (int i = 0; i < refused.size(); i++) {
            if (i > 0) document.raw(',');
            document.raw(open);
            if (refused.get(i) != null) Failure.write(document, refused.get(i));
            else outcome(document, results.get(next++));
            if (!open.isEmpty()) document.raw('}');
        }
        return document;
    }

    private List<?> call() throws Throwable {
        Object[] values = new Object[algorithm.context() ? 2 : 1];
        values[0] = items;
        List<?> results = (List<?>) run.call(values);
        int given = results == null ? 0 : results.size();
        if (given == items.size()) return results;
        throw new InvalidOutput(
                algorithm.method().getName()
                        + " gave "
                        + given
                        + " results for "
                        + items.size()
                        + " items; it must give one for each");
    }

    private void outcome(JsonWriter document, Object given) {
        Object value = given;
        if (algorithm.results() && given instanceof Result<?> result) {
            if (result.error() != null) {
                Failure.write(document, result.error());
                return;
            }
            value = result.value();
        }
        int start = document.size();
        try {
            run.encode(document.raw("\"result\":"), value);
        } catch (InvalidOutput unfit) {
            document.cut(start);
            Failure.write(document, unfit);
        }
    }
}
