package dev.goaround.listen;

/** Learns how clients' requests end. */
@FunctionalInterface
public interface RequestObserver {

    /** Called once per request, on its event loop: must neither block nor throw. */
    void ended(ServedRequest request);
}
