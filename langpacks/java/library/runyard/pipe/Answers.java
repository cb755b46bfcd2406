package runyard.pipe;

import runyard.json.JsonWriter;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.reflect.Constructor;

/** The way back to the parent. A document is written whole, by one write. */
final class Answers {
    static final String DEFAULT_TARGET = "/tmp/algoout";
    private static final String DESCRIPTORS = "/dev/fd/";
    private final FileOutputStream file;

    private Answers(FileOutputStream file) {
        this.file = file;
    }

    /**
     * Opens what ALGOOUT names; /dev/fd/N is a descriptor that is open already, and may be a
     * socket.
     */
    static Answers open(String target) throws IOException {
        if (!target.startsWith(DESCRIPTORS)) return new Answers(new FileOutputStream(target));
        try {
            int number = Integer.parseInt(target.substring(DESCRIPTORS.length()));
            Constructor<FileDescriptor> constructor =
                    FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            return new Answers(new FileOutputStream(constructor.newInstance(number)));
        } catch (ReflectiveOperationException | NumberFormatException wrong) {
            throw new IOException("ALGOOUT must be a path, but is " + target, wrong);
        }
    }

    /** The target that was named; null without one. */
    static String named() {
        String named = System.getenv("ALGOOUT");
        return named == null || named.isEmpty() ? null : named;
    }

    synchronized void write(JsonWriter document) {
        document.raw('\n');
        try {
            file.write(document.bytes(), 0, document.size());
        } catch (IOException broken) {
            System.err.println("The answer pipe broke: " + broken);
            System.err.flush();
            Runtime.getRuntime().halt(1);
        }
    }

    void close() throws IOException {
        file.close();
    }

    /** Starts a document about a run. */
    static JsonWriter begin(String id) {
        return new JsonWriter().raw("{\"id\":").text(id);
    }
}
