package runyard.pipe;

import runyard.json.JsonReader;

/** One line of the parent. */
final class Message {
    String id;
    String algorithm;
    byte[] args;
    byte[] batch;
    String cancel;
    String called;
    byte[] result;
    byte[] error;

    static Message parse(byte[] line) {
        Message made = new Message();
        JsonReader in = new JsonReader(line);
        in.readObject(
                name -> {
                    switch (name) {
                        case "id" -> made.id = in.readText();
                        case "algorithm" -> made.algorithm = in.readText();
                        case "args" -> made.args = in.readRaw();
                        case "batch" -> made.batch = in.readRaw();
                        case "cancel" -> made.cancel = in.readText();
                        case "called" -> made.called = in.readText();
                        case "result" -> made.result = in.readRaw();
                        case "error" -> made.error = in.readRaw();
                        default -> in.skip();
                    }
                });
        in.finish();
        return made;
    }
}
