package dev.goaround.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What waits of a body takes no more memory than it has bytes. */
class HeldPiecesTests {

    private static final int READ = 64 * 1024;

    private final HeldPieces held = new HeldPieces();
    private final ByteBuf read = ByteBufAllocator.DEFAULT.directBuffer(READ);

    @AfterEach
    void nothingIsLeft() {
        held.release();
        assertThat(held.bytes()).isZero();
        assertThat(read.refCnt()).isZero();
    }

    @Test
    void smallPiecesAreCopiedTogetherAndLetGoOfTheReadThatTheyCameIn() {
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < 60_000; i++) {
            char letter = (char) ('a' + i % 26);
            sent.append(letter);
            read.writeByte(letter);
            held.add(new DefaultHttpContent(read.readRetainedSlice(1)));
        }
        read.release();

        assertThat(read.refCnt()).isZero();
        assertThat(held.bytes()).isEqualTo(60_000);
        List<String> pieces = taken();
        assertThat(pieces).as("pieces").hasSizeLessThan(8);
        assertThat(String.join("", pieces)).isEqualTo(sent.toString());
    }

    @Test
    void aPieceThatIsMostOfItsReadStaysWhatItIs() {
        read.writeZero(READ);
        HttpContent piece = new DefaultHttpContent(read.readRetainedSlice(READ / 2));
        held.add(piece);
        read.release();

        assertThat(held.remove()).isSameAs(piece);
        piece.release();
    }

    @Test
    void aLargePieceOfAMuchLargerReadIsCopied() {
        read.writeZero(READ);
        held.add(new DefaultHttpContent(read.readRetainedSlice(READ / 4)));
        read.release();

        assertThat(read.refCnt()).isZero();
        assertThat(taken()).singleElement().asString().hasSize(READ / 4);
    }

    @Test
    void theEndKeepsItsPlaceAndItsTrailers() {
        read.writeBytes("abcd".getBytes(StandardCharsets.US_ASCII));
        DefaultLastHttpContent last = new DefaultLastHttpContent(read.retainedSlice(3, 1));
        last.trailingHeaders().add("x-sum", "1");
        held.add(new DefaultHttpContent(read.retainedSlice(0, 1)));
        held.add(new DefaultHttpContent(read.retainedSlice(1, 2)));
        held.add(last);
        read.release();

        assertThat(text(held.remove())).isEqualTo("abc");
        LastHttpContent end = (LastHttpContent) held.remove();
        assertThat(end.trailingHeaders().get("x-sum")).isEqualTo("1");
        assertThat(text(end)).isEqualTo("d");
        assertThat(held.isEmpty()).isTrue();
    }

    @Test
    void whatIsDeliveredAgainComesFirstAndIsCountedElsewhere() {
        read.release();
        held.add(new DefaultHttpContent(Unpooled.copiedBuffer("b", StandardCharsets.US_ASCII)));
        held.addAgain(new DefaultHttpContent(Unpooled.copiedBuffer("a", StandardCharsets.US_ASCII)));

        assertThat(held.bytes()).isEqualTo(1);
        assertThat(text(held.remove())).isEqualTo("a");
        assertThat(held.bytes()).isEqualTo(1);
        held.add(new DefaultHttpContent(Unpooled.copiedBuffer("c", StandardCharsets.US_ASCII)));
        assertThat(text(held.remove())).isEqualTo("bc");
        assertThat(held.bytes()).isZero();
    }

    private List<String> taken() {
        List<String> pieces = new ArrayList<>();
        while (!held.isEmpty()) {
            pieces.add(text(held.remove()));
        }
        return pieces;
    }

    private static String text(HttpContent piece) {
        String text = piece.content().toString(StandardCharsets.US_ASCII);
        piece.release();
        return text;
    }
}
