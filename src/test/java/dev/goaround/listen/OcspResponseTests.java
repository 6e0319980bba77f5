package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.goaround.testing.ManualClock;
import dev.goaround.testing.OcspResponses;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OcspResponseTests {

    private static final BigInteger SERIAL = new BigInteger("123456789012345678901234567890");

    private final ManualClock clock = new ManualClock();

    @Test
    void namesTheCertificateAndWhenItEnds() {
        Instant until = Instant.parse("2026-03-04T05:06:07Z");
        OcspResponse response = OcspResponse.of(OcspResponses.good(SERIAL, until));

        assertThat(response.serial()).isEqualTo(SERIAL);
        assertThat(response.expiry()).isEqualTo(until);
        assertThat(OcspResponse.of(OcspResponses.good(SERIAL, null)).expiry()).isNull();
    }

    @Test
    void whatIsCutShortOrAlteredIsRefusedInWords() {
        byte[] good = OcspResponses.good(SERIAL, Instant.EPOCH);
        // Its own last value is a signature that is not looked at.
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> OcspResponse.of(cut))
                    .as("%d bytes", length)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("not DER");
        }
        assertThatThrownBy(() -> OcspResponse.of(OcspResponses.unauthorized()))
                .hasMessage("the responder's refusal unauthorized");
    }

    @Test
    void isStapledUntilItExpiresAndToItsOwnCertificateOnly(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("response.der");
        byte[] first = OcspResponses.good(SERIAL, clock.instant().plusSeconds(60));
        Files.write(file, first);
        OcspStaple staple = new OcspStaple(file, clock);

        assertThat(staple.of(SERIAL)).isEqualTo(first);
        assertThat(staple.of(BigInteger.ONE)).isNull();
        clock.advance(Duration.ofSeconds(59));
        assertThat(staple.of(SERIAL)).isEqualTo(first);
        clock.advance(Duration.ofSeconds(1));
        assertThat(staple.of(SERIAL)).isNull();
    }

    @Test
    void theOneBeforeStaysWhileTheFileIsBadOrGone(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("response.der");
        byte[] first = OcspResponses.good(SERIAL, clock.instant().plusSeconds(60));
        byte[] second = OcspResponses.good(SERIAL, null);
        Files.write(file, first);
        OcspStaple staple = new OcspStaple(file, clock);

        Files.delete(file);
        staple.reload();
        assertThat(staple.of(SERIAL)).isEqualTo(first);
        Files.write(file, OcspResponses.unauthorized());
        staple.reload();
        assertThat(staple.of(SERIAL)).isEqualTo(first);
        Files.write(file, second);
        staple.reload();
        assertThat(staple.of(SERIAL)).isEqualTo(second);
    }
}
