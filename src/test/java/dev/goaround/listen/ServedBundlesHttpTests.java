package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.http.PemPair;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Handshakes with what is served of files, which change. */
@ExtendWith(OutputCaptureExtension.class)
class ServedBundlesHttpTests {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"rsa", "ec", "ed25519", "ed448", "rsa-pss"})
    void aHandshakeSucceedsWithEveryKindOfKeyAfterARenewal(String kind) throws IOException {
        Path live = copy("rsa", "live");
        Served served = new Served(live);
        copy(kind, "live");
        served.bundles.reload();
        assertThat(served.shown()).isEqualTo(certificate(kind));
    }

    @Test
    void aPairThatDoesNotBelongTogetherIsNotServedAndNamed(CapturedOutput output) throws IOException {
        Path live = copy("rsa", "live");
        Served served = new Served(live);
        Files.copy(
                resource("ec-certificate.pem"), live.resolve("certificate.pem"), StandardCopyOption.REPLACE_EXISTING);
        served.bundles.reload();
        assertThat(served.shown()).isEqualTo(certificate("rsa"));
        assertThat(output.getOut())
                .contains("WARN")
                .contains("the certificate before stays: " + live.resolve("key.pem")
                        + ": does not belong to the certificate " + live.resolve("certificate.pem"));
        Files.copy(resource("ec-key.pem"), live.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);
        served.bundles.look();
        served.bundles.look();
        assertThat(served.shown()).isEqualTo(certificate("ec"));
    }

    @Test
    void aKeyThatNoHandshakeSucceedsWithIsNotServed(CapturedOutput output) throws IOException {
        Path live = copy("rsa", "live");
        Served served = new Served(live);
        copy("secp256k1", "live");
        served.bundles.reload();
        assertThat(served.shown()).isEqualTo(certificate("rsa"));
        assertThat(output.getOut()).contains("its curve is secp256k1");
    }

    @Test
    void aLinkAboveTheFilesThatLeadsElsewhereIsFollowed() throws IOException {
        copy("rsa", "v1");
        copy("ec", "v2");
        Path current = Files.createSymbolicLink(folder.resolve("current"), folder.resolve("v1"));
        Served served = new Served(current);
        Files.move(
                Files.createSymbolicLink(folder.resolve("next"), folder.resolve("v2")),
                current,
                StandardCopyOption.ATOMIC_MOVE);
        served.bundles.look();
        assertThat(served.shown()).isEqualTo(certificate("rsa"));
        served.bundles.look();
        assertThat(served.shown()).isEqualTo(certificate("ec"));
    }

    private Path copy(String kind, String to) throws IOException {
        Path target = Files.createDirectories(folder.resolve(to));
        Files.copy(
                resource(kind + "-certificate.pem"),
                target.resolve("certificate.pem"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.copy(resource(kind + "-key.pem"), target.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);
        return target;
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(ServedBundlesHttpTests.class.getResourceAsStream("/dev/goaround/config/" + name));
    }

    private Certificate certificate(String kind) throws IOException {
        Path file = folder.resolve("expected.pem");
        Files.copy(resource(kind + "-certificate.pem"), file, StandardCopyOption.REPLACE_EXISTING);
        return PemPair.certificates(file).get(0);
    }

    /** What is served of the files of a folder. */
    private static final class Served {

        final ServedBundles bundles;
        final ServedCertificate certificate;

        Served(Path folder) {
            bundles = new ServedBundles(new TlsSettings(
                    folder.resolve("certificate.pem"),
                    folder.resolve("key.pem"),
                    null,
                    List.of(),
                    TlsSettings.ClientAuth.NONE,
                    null,
                    null,
                    null,
                    List.of()));
            DefaultSslBundleRegistry registry = new DefaultSslBundleRegistry();
            bundles.registerBundles(registry);
            certificate = new ServedCertificate(
                    registry.getBundle("goaround"),
                    OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK,
                    null,
                    true,
                    ClientAuth.NONE);
            registry.addBundleUpdateHandler("goaround", certificate::update);
        }

        /** Returns what a client is shown that supports every kind of key. */
        Certificate shown() throws IOException {
            MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            try {
                Channel listener = new ServerBootstrap()
                        .group(loops)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline().addLast(certificate.context().newHandler(channel.alloc()));
                            }
                        })
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .syncUninterruptibly()
                        .channel();
                SSLContext context = ((JdkSslContext) PemPair.trustingAll(SslProvider.JDK)).context();
                try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                        .createSocket(
                                InetAddress.getLoopbackAddress(),
                                ((InetSocketAddress) listener.localAddress()).getPort())) {
                    socket.setSoTimeout(30_000);
                    socket.startHandshake();
                    return socket.getSession().getPeerCertificates()[0];
                }
            } finally {
                loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            }
        }
    }
}
