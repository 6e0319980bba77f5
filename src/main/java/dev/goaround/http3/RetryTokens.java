package dev.goaround.http3;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a client must bring back from the address that it claims to have before anything is kept for it, or more is sent to that address
 * than came from it (RFC 9000 section 8.1.2): a time, a code that only this process can make, and the connection id that the client has
 * chosen. Thread-safe.
 */
public final class RetryTokens implements QuicTokenHandler {

    private static final Duration LIFETIME = Duration.ofSeconds(30);
    private static final String ALGORITHM = "HmacSHA256";
    private static final int CODE_LENGTH = 32;
    private static final int ID_OFFSET = Long.BYTES + CODE_LENGTH;

    private final Clock clock;
    private final SecretKeySpec key;

    /** @param random makes the key, which lives as long as this object */
    public RetryTokens(Clock clock, SecureRandom random) {
        this.clock = clock;
        byte[] secret = new byte[CODE_LENGTH];
        random.nextBytes(secret);
        this.key = new SecretKeySpec(secret, ALGORITHM);
    }

    @Override
    public boolean writeToken(ByteBuf token, ByteBuf connectionId, InetSocketAddress address) {
        long now = clock.millis();
        byte[] id = ByteBufUtil.getBytes(connectionId);
        token.writeLong(now).writeBytes(code(now, id, address)).writeBytes(id);
        return true;
    }

    /** Returns where the client's connection id begins, or -1 if the token is none, too old, or another address's. */
    @Override
    public int validateToken(ByteBuf token, InetSocketAddress address) {
        int begin = token.readerIndex();
        int idLength = token.readableBytes() - ID_OFFSET;
        if (idLength < 0 || idLength > Quic.MAX_CONN_ID_LEN) {
            return -1;
        }
        long made = token.getLong(begin);
        long age = clock.millis() - made;
        byte[] shown = ByteBufUtil.getBytes(token, begin + Long.BYTES, CODE_LENGTH);
        byte[] id = ByteBufUtil.getBytes(token, begin + ID_OFFSET, idLength);
        boolean ours = MessageDigest.isEqual(shown, code(made, id, address));
        return ours && age >= 0 && age <= LIFETIME.toMillis() ? ID_OFFSET : -1;
    }

    @Override
    public int maxTokenLength() {
        return ID_OFFSET + Quic.MAX_CONN_ID_LEN;
    }

    private byte[] code(long made, byte[] id, InetSocketAddress address) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] ip = address.getAddress().getAddress();
            mac.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES + 1)
                    .putLong(made)
                    .putInt(address.getPort())
                    .put((byte) ip.length)
                    .flip());
            mac.update(ip);
            return Arrays.copyOf(mac.doFinal(id), CODE_LENGTH);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
