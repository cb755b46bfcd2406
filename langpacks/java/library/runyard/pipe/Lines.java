package runyard.pipe;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/** Reads standard input line by line. */
final class Lines {
    private Lines() {}

    /** Calls take for every line that is not empty; it may keep the line. */
    static void each(Consumer<byte[]> take) throws IOException {
        FileInputStream input = new FileInputStream(FileDescriptor.in);
        byte[] data = new byte[64 << 10];
        int size = 0;
        for (int count = input.read(data);
                count >= 0;
                count = input.read(data, size, data.length - size)) {
            int from = 0;
            for (int i = size; i < size + count; i++) {
                if (data[i] != '\n') continue;
                if (i > from) take.accept(Arrays.copyOfRange(data, from, i));
                from = i + 1;
            }
            size = size + count - from;
            System.arraycopy(data, from, data, 0, size);
            if (size == data.length) data = Arrays.copyOf(data, size * 2);
        }
        if (size > 0) take.accept(Arrays.copyOf(data, size));
    }
}
