package runyard.pipe;

import runyard.Cancelled;
import runyard.json.JsonReader;
import runyard.json.PlacedException;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes requests off standard input and runs them in the order they came. */
final class Server {
    /** Deep values take deep stacks; what is not used of it takes no memory. */
    private static final long STACK_BYTES = 16 << 20;

    private final Adapter adapter;
    private final Answers answers;
    private final Calls calls = new Calls();
    private final Deque<Message> waiting = new ArrayDeque<>();
    private final Map<String, Run> running = new HashMap<>();
    private boolean over;

    Server(Adapter adapter) throws IOException {
        this.adapter = adapter;
        String named = Answers.named();
        answers = Answers.open(named == null ? Answers.DEFAULT_TARGET : named);
    }

    void serve() throws Throwable {
        adapter.runHook("setup");
        System.out.println(
                "PIPE_INIT_COMPLETE {\"protocol\":2,\"algorithms\":[],\"concurrency\":"
                        + adapter.concurrency()
                        + ",\"answers\":\"plain\"}");
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < adapter.concurrency(); i++) {
            Thread worker = new Thread(null, this::work, "run-" + i, STACK_BYTES);
            worker.setContextClassLoader(adapter.type().getClassLoader());
            worker.start();
            workers.add(worker);
        }
        Lines.each(this::take);
        calls.abandon();
        synchronized (this) {
            over = true;
            notifyAll();
        }
        for (Thread worker : workers) worker.join();
        adapter.runHook("teardown");
    }

    private void take(byte[] line) {
        Message message;
        try {
            message = Message.parse(line);
        } catch (PlacedException wrong) {
            refuse(line, wrong);
            return;
        }
        if (message.called != null) calls.settle(message);
        else if (message.cancel != null) cancel(message.cancel);
        else if (message.id == null) System.err.println("A line that is no request: it has no id");
        else add(message);
    }

    /** A line that cannot be read to its end may have told its id before. */
    private void refuse(byte[] line, PlacedException wrong) {
        String[] id = new String[1];
        JsonReader in = new JsonReader(line);
        try {
            in.readObject(
                    name -> {
                        if (name.equals("id")) id[0] = in.readText();
                        else in.skip();
                    });
        } catch (PlacedException again) {
            // told below
        }
        if (id[0] == null) System.err.println("A line that is no request: " + wrong.whole());
        else fail(id[0], wrong);
    }

    private synchronized void add(Message message) {
        waiting.add(message);
        notify();
    }

    private void cancel(String id) {
        synchronized (this) {
            Run run = running.get(id);
            if (run != null) {
                run.cancel();
                return;
            }
            if (!waiting.removeIf(one -> one.id.equals(id))) return;
        }
        fail(id, new Cancelled());
    }

    private void fail(String id, Throwable error) {
        answers.write(Failure.write(Answers.begin(id).raw(','), error).raw('}'));
    }

    /** Runs requests one after the other, until there will be no more. */
    private void work() {
        for (Run run = next(); run != null; run = next()) {
            run.perform();
            synchronized (this) {
                running.remove(run.id());
            }
        }
    }

    /** A request that a cancel finds either waiting or running. */
    private synchronized Run next() {
        while (waiting.isEmpty()) {
            if (over) return null;
            try {
                wait();
            } catch (InterruptedException stray) {
                // A run that has ended was cancelled; there is nothing to stop here.
            }
        }
        Message message = waiting.remove();
        Run run = new Run(message, adapter.find(message.algorithm), answers, calls);
        running.put(message.id, run);
        return run;
    }
}
