package runyard.pipe;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Serves the project that was built into a folder until the input ends. */
public final class Main {
    private Main() {}

    public static void main(String[] words) {
        // What the algorithm prints stands before the answer that follows it; requests are not its
        // input.
        System.setOut(stream(FileDescriptor.out));
        System.setErr(stream(FileDescriptor.err));
        System.setIn(InputStream.nullInputStream());
        try {
            Adapter adapter = Adapter.load(Path.of(words[0], "adapter.json"));
            if (adapter.isClassic()) Classic.serve(adapter);
            else new Server(adapter).serve();
        } catch (Throwable failed) {
            failed.printStackTrace();
            System.err.flush();
            System.exit(1);
        }
        System.out.flush();
        // Threads that the adapter left must not keep the process.
        System.exit(0);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor)),
                true,
                StandardCharsets.UTF_8);
    }
}
