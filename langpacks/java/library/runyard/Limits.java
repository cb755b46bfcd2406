package runyard;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What an algorithm needs of time and tries; what is 0 is left to the yard. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Limits {
    long timeoutMs() default 0;

    int maxAttempts() default 0;

    long backoffMs() default 0;

    /** Of a batch function: how many items it takes at a time. */
    int batchSize() default 0;

    /** Of a batch function: how long the first item waits for others. */
    long batchWaitMs() default 0;
}
