package dev.goaround.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.goaround.accesslog.AccessLogSettings.Format;
import dev.goaround.testing.Patience;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class AccessLogTests {

    private static final AccessLogSettings JSON =
            new AccessLogSettings(Format.JSON, true, null, DataSize.ofMegabytes(1), 1, 64);

    /** Keeps what is written, and blocks or fails if told to. */
    private static final class Paper implements LineSink {
        private final StringBuilder text = new StringBuilder();
        final CountDownLatch released = new CountDownLatch(1);
        volatile boolean blocks;
        volatile boolean blocked;
        volatile boolean fails;
        volatile boolean closed;

        @Override
        public void write(byte[] bytes, int length) throws IOException {
            if (blocks) {
                blocked = true;
                try {
                    released.await(Patience.AMPLE.toSeconds(), TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            if (fails) {
                throw new IOException("the disk is full");
            }
            synchronized (text) {
                text.append(new String(bytes, 0, length, StandardCharsets.US_ASCII));
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        List<String> paths() {
            String written;
            synchronized (text) {
                written = text.toString();
            }
            return written.lines()
                    .map(line -> line.replaceAll(".*\"path\":\"([^\"]*)\".*", "$1"))
                    .toList();
        }
    }

    private final Paper paper = new Paper();

    @Test
    void everyEntryIsWrittenInOrder() {
        try (AccessLog log = new AccessLog(JSON, paper)) {
            for (int i = 0; i < 50; i++) {
                log.add(Entries.numbered(i));
            }
            await().untilAsserted(() -> assertThat(paper.paths())
                    .isEqualTo(IntStream.range(0, 50).mapToObj(i -> "/" + i).toList()));
            assertThat(log.dropped()).isZero();
        }
    }

    @Test
    void theEndWritesWhatWaits() {
        AccessLog log = new AccessLog(JSON, paper);
        for (int i = 0; i < 60; i++) {
            log.add(Entries.numbered(i));
        }
        log.close();

        assertThat(paper.paths()).hasSize(60);
        assertThat(paper.closed).isTrue();
    }

    @Test
    void whatDoesNotFitIsDroppedAndCountedAndNobodyWaits() {
        paper.blocks = true;
        try (AccessLog log = new AccessLog(JSON, paper)) {
            log.add(Entries.numbered(0));
            await().until(() -> paper.blocked);
            for (int i = 1; i <= 100; i++) {
                log.add(Entries.numbered(i));
            }
            assertThat(log.dropped()).isEqualTo(36);
            paper.released.countDown();
            await().until(() -> paper.paths().size() == 65);
        }
        assertThat(paper.paths()).endsWith("/63", "/64");
    }

    @Test
    void whatCanNotBeWrittenCountsAsDropped() {
        paper.fails = true;
        try (AccessLog log = new AccessLog(JSON, paper)) {
            log.add(Entries.numbered(0));
            await().until(() -> log.dropped() == 1);
            paper.fails = false;
            log.add(Entries.numbered(1));
            await().until(() -> paper.paths().equals(List.of("/1")));
        }
    }

    @Test
    void severalThreadsLoseNothing() throws InterruptedException {
        AccessLogSettings wide = new AccessLogSettings(Format.JSON, true, null, DataSize.ofMegabytes(1), 1, 1 << 16);
        AccessLog log = new AccessLog(wide, paper);
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(number -> new Thread(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        log.add(Entries.numbered(number * 5_000 + i));
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        log.close();

        assertThat(log.dropped()).isZero();
        assertThat(paper.paths()).hasSize(20_000).doesNotHaveDuplicates();
    }

    @Test
    void offIsOff() {
        Set<Thread> before = writers();
        AccessLog log = AccessLog.of(AccessLogSettings.defaults());

        assertThat(log.on()).isFalse();
        assertThat(before).as("those of other tests alone").containsAll(writers());
        log.close();
    }

    private static Set<Thread> writers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("access-log"))
                .collect(Collectors.toSet());
    }
}
