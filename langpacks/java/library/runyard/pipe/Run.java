package runyard.pipe;

import runyard.Cancelled;
import runyard.Context;
import runyard.codec.Bound;
import runyard.codec.Codec;
import runyard.codec.Codecs;
import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One request from the moment it begins to its answer; functions see it as their context. */
final class Run implements Context {
    private static final int MAX_LOG_CHARACTERS = 4 << 20;
    private final Message message;
    private final Algorithm algorithm;
    private final Answers answers;
    private final Calls calls;
    private final Thread thread = Thread.currentThread();
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private boolean ended;
    private int logRoom = MAX_LOG_CHARACTERS;

    Run(Message message, Algorithm algorithm, Answers answers, Calls calls) {
        this.message = message;
        this.algorithm = algorithm;
        this.answers = answers;
        this.calls = calls;
    }

    String id() {
        return message.id;
    }

    /** Runs the function and writes the answer. */
    void perform() {
        JsonWriter document;
        Throwable failed = null;
        try {
            document = answer();
        } catch (Throwable thrown) {
            document = null;
            failed = thrown;
        }
        synchronized (this) {
            ended = true;
            // An interrupt was for this run, and not for the next one.
            Thread.interrupted();
        }
        if (isCancelled()) failed = new Cancelled();
        if (failed != null) document = Failure.write(Answers.begin(message.id).raw(','), failed);
        System.out.flush();
        System.err.flush();
        answers.write(document.raw('}'));
    }

    /** Called by another thread. */
    synchronized void cancel() {
        cancelled.countDown();
        if (!ended) thread.interrupt();
    }

    private JsonWriter answer() throws Throwable {
        if (algorithm == null)
            throw new PlacedException("there is no algorithm " + message.algorithm + " here");
        if (algorithm.mode().equals("batch")) return new Batch(this, algorithm).answer(message);
        if (message.batch != null)
            throw new PlacedException(algorithm.name() + " takes one input at a time, not a batch");
        Object value = call(algorithm.bind(message.args));
        if (algorithm.mode().equals("stream")) {
            stream(value);
            return Answers.begin(message.id).raw(",\"result\":null");
        }
        return encode(Answers.begin(message.id).raw(",\"result\":"), value);
    }

    Object call(Object[] values) throws Throwable {
        if (algorithm.context()) values[values.length - 1] = this;
        try {
            return await(algorithm.method().invoke(null, values));
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    /** The value of a future; everything else is itself. */
    static Object await(Object value) throws Throwable {
        Future<?> future = value instanceof Future<?> one ? one : null;
        if (value instanceof CompletionStage<?> stage) future = stage.toCompletableFuture();
        if (future == null) return value;
        try {
            return future.get();
        } catch (ExecutionException thrown) {
            throw thrown.getCause();
        }
    }

    JsonWriter encode(JsonWriter document, Object value) {
        try {
            algorithm.output().write(document, value);
            return document;
        } catch (PlacedException unfit) {
            throw new InvalidOutput("The result cannot be sent: " + unfit.whole());
        }
    }

    private void stream(Object source) {
        if (source == null) throw new InvalidOutput("The result cannot be sent: null is no stream");
        try (Stream<?> closed = source instanceof Stream<?> stream ? stream : null) {
            Iterator<?> chunks = closed == null ? (Iterator<?>) source : closed.iterator();
            while (!isCancelled() && chunks.hasNext()) {
                answers.write(
                        encode(Answers.begin(message.id).raw(",\"chunk\":"), chunks.next())
                                .raw('}'));
            }
        }
    }

    @Override
    public void progress(double fraction, String words) {
        if (Double.isNaN(fraction) || Double.isInfinite(fraction)) {
            throw new IllegalArgumentException(
                    "progress takes a number from 0 to 1, but got " + fraction);
        }
        JsonWriter document = Answers.begin(message.id).raw(",\"progress\":").number(fraction);
        if (words != null) document.raw(",\"message\":").text(words);
        send(document);
    }

    @Override
    public synchronized void log(String text) {
        for (String line : String.valueOf(text).split("\n")) {
            if (logRoom < 0) return;
            logRoom -= line.length() + 1;
            String kept =
                    logRoom < 0 ? "(the log of this run is full; further lines are dropped)" : line;
            send(Answers.begin(message.id).raw(",\"log\":").text(kept));
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled.getCount() == 0;
    }

    @Override
    public boolean awaitCancel(Duration atMost) {
        try {
            return cancelled.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException told) {
            return isCancelled();
        }
    }

    @Override
    public void awaitCancel() {
        try {
            cancelled.await();
        } catch (InterruptedException told) {
            // It is the cancel itself that interrupts.
        }
    }

    @Override
    public <T> T call(String name, Map<String, ?> args, Class<T> type) {
        String question = calls.name(message.id);
        Codec anything = Codecs.of(Bound.of(Object.class));
        JsonWriter document =
                Answers.begin(message.id)
                        .raw(",\"call\":")
                        .text(question)
                        .raw(",\"algorithm\":")
                        .text(name)
                        .raw(",\"args\":");
        anything.write(document, args == null ? Map.of() : args);
        CompletableFuture<byte[]> answer = calls.open(question);
        send(document);
        try {
            Object value = Codecs.of(Bound.of(type)).read(new JsonReader(answer.get()));
            @SuppressWarnings("unchecked")
            T typed = (T) value;
            return typed;
        } catch (InterruptedException interrupted) {
            throw new Cancelled();
        } catch (ExecutionException failed) {
            throw (RuntimeException) failed.getCause();
        } finally {
            calls.close(question);
        }
    }

    /**
     * Writes something about a run, unless its answer has been written: then nobody wants to hear
     * it.
     */
    private synchronized void send(JsonWriter document) {
        if (!ended) answers.write(document.raw('}'));
    }
}
