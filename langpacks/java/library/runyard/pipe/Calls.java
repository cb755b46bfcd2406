package runyard.pipe;

import runyard.CallError;
import runyard.json.JsonReader;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Questions to other algorithms that wait for their answers: results as JSON. */
final class Calls {
    private final Map<String, CompletableFuture<byte[]>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong count = new AtomicLong();
    private volatile boolean gone;

    String name(String run) {
        return run + "/" + count.incrementAndGet();
    }

    CompletableFuture<byte[]> open(String question) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        waiting.put(question, answer);
        if (gone) abandon();
        return answer;
    }

    void close(String question) {
        waiting.remove(question);
    }

    void settle(Message message) {
        CompletableFuture<byte[]> answer = waiting.remove(message.called);
        if (answer == null) return;
        if (message.error != null) answer.completeExceptionally(errorOf(message.error));
        else answer.complete(message.result);
    }

    @SuppressWarnings("unchecked")
    private static CallError errorOf(byte[] error) {
        Object told = new JsonReader(error).readAny();
        Map<String, Object> members = told instanceof Map ? (Map<String, Object>) told : Map.of();
        return new CallError(String.valueOf(members.getOrDefault("message", told)), members);
    }

    /** Ends all of them: the parent has gone, nobody will answer. */
    void abandon() {
        gone = true;
        for (String question : waiting.keySet()) {
            CompletableFuture<byte[]> answer = waiting.remove(question);
            if (answer != null) {
                answer.completeExceptionally(
                        new CallError(
                                "The yard is gone; it cannot run another algorithm now", Map.of()));
            }
        }
    }
}
