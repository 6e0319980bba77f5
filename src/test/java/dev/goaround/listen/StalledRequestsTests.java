package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.listen.StalledRequests.Client;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StalledRequestsTests {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final ListenCounts counts = new ListenCounts();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<String> ended = new ArrayList<>();
    private final Map<String, Stall> stalls = new HashMap<>();
    private final Map<String, AtomicLong> moved = new HashMap<>();
    private final StalledRequests requests;
    private boolean holdsSlot = true;

    StalledRequestsTests() {
        channel.freezeTime();
        requests = new StalledRequests(
                counts, channel.eventLoop(), () -> channel.eventLoop().ticker().nanoTime());
        requests.setWaiting(waiting::get);
    }

    @Test
    void nobodyIsEndedWhileNoRequestWaits() {
        stall("a", "connection", "address");
        requests.relieve();
        pass(60_000);
        assertThat(ended).isEmpty();
    }

    @Test
    void aLoneClientHasTwoSeconds() {
        stall("a", "connection", "address");
        wait(1);
        pass(1_900);
        assertThat(ended).isEmpty();
        pass(200);
        assertThat(ended).containsExactly("a");
        assertThat(counts.limit(ListenCounts.Limit.STALLED)).isEqualTo(1);
    }

    @Test
    void clientsThatStallManyHaveLessTimeForEach() {
        for (int i = 0; i < 8; i++) {
            stall("many" + i, "connection", "address");
        }
        wait(3);
        pass(200);
        assertThat(ended).isEmpty();
        pass(150);
        assertThat(ended).hasSize(3);
    }

    @Test
    void thoseOfTheClientWithMostGoFirstAndALoneOneLast() {
        stall("phone", "phone's", "phone");
        pass(5_000);
        for (int i = 0; i < 3; i++) {
            stall("few" + i, "few's", "few");
        }
        pass(100);
        for (int i = 0; i < 5; i++) {
            stall("many" + i, i < 2 ? "one" : "other", "many");
        }
        pass(2_000);

        wait(5);
        pass(60);
        assertThat(ended).hasSize(5).allMatch(name -> name.startsWith("many"));
        assertThat(ended.subList(0, 3)).containsExactlyInAnyOrder("many2", "many3", "many4");
        pass(100);
        assertThat(ended).hasSize(9).endsWith("phone");
    }

    @Test
    void noMoreAreEndedThanRequestsWait() {
        for (int i = 0; i < 8; i++) {
            stall("many" + i, "connection", "address");
        }
        pass(2_000);
        wait(2);
        pass(60);
        assertThat(ended).hasSize(2);
    }

    @Test
    void aClientThatMovesBytesIsSlowButDoesNotStall() {
        stall("a", "connection", "address");
        wait(1);
        for (int i = 0; i < 100; i++) {
            moved("a").addAndGet(4096);
            pass(1_000);
        }
        assertThat(ended).isEmpty();
    }

    @Test
    void whatIsEnoughForOneIsNotForEachOfManyOnAConnection() {
        for (int i = 0; i < 8; i++) {
            stall("many" + i, "connection", "address");
        }
        stall("one", "its own", "elsewhere");
        wait(1);
        for (int i = 0; i < 40 && ended.isEmpty(); i++) {
            moved.values().forEach(bytes -> bytes.addAndGet(420));
            pass(100);
        }
        assertThat(ended).hasSize(1).allMatch(name -> name.startsWith("many"));
    }

    @Test
    void thoseThatAreJustSlowDoNotHideThoseThatStall() {
        for (int i = 0; i < 50; i++) {
            stall("slow" + i, "connection" + i, "address");
        }
        stall("stalled", "its own", "address");
        for (int i = 0; i < 30; i++) {
            moved.forEach((name, bytes) -> bytes.addAndGet(name.equals("stalled") ? 0 : 10_000));
            pass(100);
        }
        wait(1);
        pass(60);
        assertThat(ended).containsExactly("stalled");
    }

    @Test
    void aByteNowAndThenIsStalling() {
        stall("a", "connection", "address");
        wait(1);
        for (int i = 0; i < 30; i++) {
            moved("a").addAndGet(1);
            pass(100);
        }
        assertThat(ended).containsExactly("a");
    }

    @Test
    void whoHoldsNoSlotIsLeftAlone() {
        holdsSlot = false;
        stall("a", "connection", "address");
        wait(1);
        pass(10_000);
        assertThat(ended).isEmpty();
    }

    @Test
    void oneThatGoesOnBeginsAnew() {
        stall("a", "connection", "address");
        wait(1);
        pass(1_500);
        stall("a").pause();
        stall("a").resume();
        pass(1_500);
        assertThat(ended).isEmpty();
        pass(600);
        assertThat(ended).containsExactly("a");
    }

    @Test
    void clientsThatStallComeAfterOthersForAWhile() {
        Client self = new Client("connection", "address");
        Client neighbour = new Client("another", "address");
        Client stranger = new Client("third", "elsewhere");
        for (int i = 0; i < 4; i++) {
            stall("many" + i, "connection", "address");
        }
        assertThat(requests.precedence(self)).isZero();
        wait(1);
        pass(600);
        assertThat(requests.precedence(self)).isEqualTo(StalledRequests.LAST);
        assertThat(requests.precedence(neighbour)).isEqualTo(1);
        assertThat(requests.precedence(stranger)).isZero();

        waiting.set(0);
        List.copyOf(stalls.values()).forEach(Stall::over);
        pass(10_000);
        assertThat(requests.precedence(self)).isZero();
        assertThat(requests.precedence(neighbour)).isZero();
    }

    @Test
    void aClientWithOneSlowResponseIsNotPutLast() {
        stall("a", "connection", "address");
        wait(1);
        pass(1_000);
        assertThat(requests.precedence(new Client("connection", "address"))).isZero();
    }

    @Test
    void requestsThatAreOverAreForgotten() {
        stall("a", "connection", "address");
        stall("a").over();
        wait(1);
        pass(10_000);
        assertThat(ended).isEmpty();
    }

    private void wait(int number) {
        waiting.set(number);
        requests.relieve();
        channel.runPendingTasks();
    }

    private AtomicLong moved(String name) {
        return moved.computeIfAbsent(name, none -> new AtomicLong());
    }

    private Stall stall(String name) {
        return Objects.requireNonNull(stalls.get(name));
    }

    private void stall(String name, String connection, String address) {
        Stall stall =
                new Stall(requests, channel.eventLoop(), true, () -> moved(name).get(), () -> holdsSlot, () -> {
                    ended.add(name);
                    stall(name).over();
                });
        stalls.put(name, stall);
        moved(name);
        stall.begin(new Client(connection, address));
    }

    /** In steps, as event loops do. */
    private void pass(int millis) {
        for (int passed = 0; passed <= millis; passed += 50) {
            channel.advanceTimeBy(Math.min(50, millis - passed), TimeUnit.MILLISECONDS);
            channel.runPendingTasks();
        }
    }
}
