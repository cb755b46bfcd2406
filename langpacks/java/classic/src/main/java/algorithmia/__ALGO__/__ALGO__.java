package algorithmia.__ALGO__;

public class __ALGO__ {
    /** Takes text, bytes or JSON, by the type of its parameter. */
    public String apply(String input) {
        return "hello " + input;
    }
}
