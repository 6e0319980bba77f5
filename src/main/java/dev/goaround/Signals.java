package dev.goaround;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SIGTERM, SIGINT and SIGHUP do. The first of the former two stops GoAround in order, which ends with exit code 0; the next one ends it at
 * once, with 128 and the number of the signal as a shell would have it.
 *
 * <p>SIGHUP has the configuration read again; it never ends GoAround, though before that can be done nothing comes of it. A
 * process that was started to ignore it, as by {@code nohup}, goes on doing so.
 *
 * <p>Left to itself a JVM exits with 143 after an orderly stop, and ignores a second signal. The JDK's class for signals
 * is supported everywhere but in no specified package, so it is reached by reflection.
 */
final class Signals {

    private static final Logger log = LoggerFactory.getLogger(Signals.class);

    /** What SIGHUP does while there is nothing for it to do. */
    static final Runnable NOTHING = () -> {};

    /** There is one SIGHUP per process, whoever takes it over. */
    private static volatile Runnable hangUp = NOTHING;

    private final AtomicBoolean stopping = new AtomicBoolean();

    /** Has this run on SIGHUP from now on, in a thread of its own. */
    static void onHangUp(Runnable task) {
        hangUp = task;
    }

    /** Takes the signals over. Where the JVM does not let it, they do what they did before. */
    void takeOver() {
        for (String name : new String[] {"TERM", "INT", "HUP"}) {
            try {
                takeOver(name);
            } catch (ReflectiveOperationException | RuntimeException e) {
                log.debug("SIG{} keeps its default: {}", name, e.toString());
            }
        }
    }

    private void takeOver(String name) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        int number = (int) signalType.getMethod("getNumber").invoke(signal);
        InvocationHandler handler = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                if (name.equals("HUP")) {
                    hungUp();
                } else {
                    received(number);
                }
                yield null;
            }
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == arguments[0];
            default -> "signal handler";
        };
        Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
        signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
    }

    /** Runs the task with the class loader of the application, which the JVM's thread for a signal need not have. */
    private static void hungUp() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Signals.class.getClassLoader());
        try {
            hangUp.run();
        } catch (RuntimeException e) {
            log.error("SIGHUP could not be followed", e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void received(int number) {
        if (stopping.compareAndSet(false, true)) {
            // Exiting waits for the orderly stop, and this thread is needed for the next signal.
            new Thread(() -> System.exit(0), "stop").start();
        } else {
            Runtime.getRuntime().halt(128 + number);
        }
    }
}
