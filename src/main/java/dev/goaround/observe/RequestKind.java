package dev.goaround.observe;

/**
 * What requests are told apart by when they are counted.
 *
 * @param statusClass the first digit of the status that the client got, or 0 if it got none
 */
@SuppressWarnings("EnumOrdinal") // As in Traffic.
public record RequestKind(MethodClass method, int statusClass, ClientProtocol protocol, RequestOutcome outcome) {

    private static final int STATUS_CLASSES = 6;
    private static final MethodClass[] METHODS = MethodClass.values();
    private static final ClientProtocol[] PROTOCOLS = ClientProtocol.values();
    private static final RequestOutcome[] OUTCOMES = RequestOutcome.values();

    /** How many there are. */
    static final int COUNT = METHODS.length * STATUS_CLASSES * PROTOCOLS.length * OUTCOMES.length;

    /** The number of a kind, below {@link #COUNT}, for which no kind need be made. */
    static int number(MethodClass method, int status, ClientProtocol protocol, RequestOutcome outcome) {
        int statusClass = Math.min(STATUS_CLASSES - 1, Math.max(0, status / 100));
        int number = method.ordinal() * STATUS_CLASSES + statusClass;
        number = number * PROTOCOLS.length + protocol.ordinal();
        return number * OUTCOMES.length + outcome.ordinal();
    }

    static RequestKind numbered(int number) {
        int rest = number / OUTCOMES.length;
        int method = rest / PROTOCOLS.length;
        return new RequestKind(
                METHODS[method / STATUS_CLASSES],
                method % STATUS_CLASSES,
                PROTOCOLS[rest % PROTOCOLS.length],
                OUTCOMES[number % OUTCOMES.length]);
    }

    /** Whether the client has been failed: its answer broke off, or said that something behind it failed. */
    public boolean error() {
        return outcome == RequestOutcome.BROKEN || statusClass == 5;
    }
}
