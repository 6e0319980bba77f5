package dev.goaround.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.ManualClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryTokensTests {

    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 4433);
    private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7, 8};

    private final ManualClock clock = new ManualClock();
    private final RetryTokens tokens = new RetryTokens(clock, new SecureRandom());

    @Test
    void aTokenFromTheSameAddressSaysWhereTheConnectionIdIs() {
        ByteBuf token = token();

        int offset = tokens.validateToken(token, CLIENT);

        assertThat(offset).isEqualTo(token.readableBytes() - ID.length);
        assertThat(token.slice(offset, ID.length)).isEqualTo(Unpooled.wrappedBuffer(ID));
        assertThat(token.readableBytes()).isLessThanOrEqualTo(tokens.maxTokenLength());
    }

    @Test
    void anotherAddressOrPortIsRefused() {
        assertThat(tokens.validateToken(token(), new InetSocketAddress("192.0.2.2", 4433)))
                .isNegative();
        assertThat(tokens.validateToken(token(), new InetSocketAddress("192.0.2.1", 4434)))
                .isNegative();
        assertThat(tokens.validateToken(token(), new InetSocketAddress("2001:db8::1", 4433)))
                .isNegative();
    }

    @Test
    void aTokenExpires() {
        ByteBuf token = token();
        clock.advance(Duration.ofSeconds(30));
        assertThat(tokens.validateToken(token, CLIENT)).isPositive();
        clock.advance(Duration.ofMillis(1));
        assertThat(tokens.validateToken(token, CLIENT)).isNegative();
    }

    @Test
    void whatWasChangedOrMadeElsewhereIsRefused() {
        for (int i = 0; i < token().readableBytes(); i++) {
            ByteBuf changed = token();
            changed.setByte(i, changed.getByte(i) ^ 1);
            assertThat(tokens.validateToken(changed, CLIENT)).isNegative();
        }
        assertThat(new RetryTokens(clock, new SecureRandom()).validateToken(token(), CLIENT))
                .isNegative();
        assertThat(tokens.validateToken(Unpooled.EMPTY_BUFFER, CLIENT)).isNegative();
        assertThat(tokens.validateToken(Unpooled.wrappedBuffer(new byte[1000]), CLIENT))
                .isNegative();
    }

    private ByteBuf token() {
        ByteBuf token = Unpooled.buffer();
        assertThat(tokens.writeToken(token, Unpooled.wrappedBuffer(ID), CLIENT)).isTrue();
        return token;
    }
}
