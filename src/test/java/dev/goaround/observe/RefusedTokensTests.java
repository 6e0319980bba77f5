package dev.goaround.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RefusedTokensTests {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final RefusedTokens tokens = new RefusedTokens(now::get);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger().setAdditive(false);
        logger().addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger().detachAppender(log);
        logger().setAdditive(true);
    }

    @Test
    void theFirstIsToldAtOnceAndThoseThatFollowOnceAMinute() throws UnknownHostException {
        tokens.refused(address(1));
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("management port: a request with a wrong token from 192.0.2.1");
        for (int i = 0; i < 200; i++) {
            tokens.refused(address(1 + i % 2));
            tokens.report();
        }
        assertThat(log.list).hasSize(1);
        assertThat(tokens.total()).isEqualTo(201);

        now.addAndGet(RefusedTokens.PAUSE_NANOS);
        tokens.report();
        tokens.report();
        assertThat(log.list).hasSize(2);
        assertThat(log.list.get(1).getFormattedMessage())
                .isEqualTo("management port: 200 requests with a wrong token from 192.0.2.1, 192.0.2.2");
    }

    @Test
    void manyAddressesAreNoLongLine() throws UnknownHostException {
        tokens.refused(null);
        for (int i = 0; i < 100; i++) {
            tokens.refused(address(i));
        }
        now.addAndGet(RefusedTokens.PAUSE_NANOS);
        tokens.refused(address(1));
        assertThat(log.list.get(1).getFormattedMessage())
                .isEqualTo("management port: 101 requests with a wrong token from"
                        + " 192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4 and others");
    }

    private static InetAddress address(int number) throws UnknownHostException {
        return InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) number});
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(RefusedTokens.class);
    }
}
