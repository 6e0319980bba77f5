package dev.goaround.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.goaround.testing.Certificates;
import dev.goaround.testing.ManualClock;
import dev.goaround.testing.OcspResponses;
import dev.goaround.testing.Patience;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;

/** Handshakes of a JDK client with what secures the traffic port. */
class ServerTlsHttpTests {

    private static final Certificates FIRST = Certificates.forName("first.example");
    private static final Certificates SECOND = Certificates.forName("second.example");
    private static final Certificates CLIENT = Certificates.forName("client");
    private static final Certificates STRANGER = Certificates.forName("stranger");
    private static final KeyManager[] NONE = {};

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void stop() {
        loops.shutdownGracefully().awaitUninterruptibly();
    }

    @Test
    void aDotAtTheEndOfANameMakesNoDifference() throws Exception {
        // The JDK's own takes no such name.
        Assumptions.assumeTrue(OpenSsl.isAvailable());
        ServerTls tls = new ServerTls(
                served(FIRST, SslProvider.OPENSSL, null, ClientAuth.NONE),
                List.of(served(SECOND, SslProvider.OPENSSL, null, ClientAuth.NONE)));
        try (SSLSocket plain = connect(start(tls), "TLSv1.3", NONE, "second.example");
                SSLSocket dotted = connect(start(tls), "TLSv1.3", NONE, "Second.Example.")) {
            assertThat(plain.getSession().getPeerCertificates()[0]).isEqualTo(SECOND.certificate());
            assertThat(dotted.getSession().getPeerCertificates()[0]).isEqualTo(SECOND.certificate());
        }
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void aClientOfAnUnknownAuthorityIsToldSo(SslProvider provider, String protocol, String alert) throws Exception {
        ServerTls tls = new ServerTls(served(FIRST, provider, null, ClientAuth.REQUIRE), List.of());
        int port = start(tls);

        try (SSLSocket known = connect(port, protocol, CLIENT.keys(), "first.example")) {
            assertThat(known.getInputStream().read()).isEqualTo('k');
        }
        // A client of TLS 1.2 that is still sending when the connection closes may see that first.
        await().untilAsserted(() -> assertThatThrownBy(() -> {
                    try (SSLSocket unknown = connect(port, protocol, shown(STRANGER), "first.example")) {
                        // With TLS 1.3 the client is done before the server has looked.
                        unknown.getInputStream().read();
                    }
                })
                .isInstanceOf(SSLException.class)
                .hasMessageContaining(alert));
    }

    static Stream<Arguments> alerts() {
        Stream<Arguments> jdk = Stream.of("TLSv1.2", "TLSv1.3")
                .map(protocol -> Arguments.of(SslProvider.JDK, protocol, "certificate_unknown"));
        Stream<Arguments> open = Stream.of("TLSv1.2", "TLSv1.3")
                .map(protocol -> Arguments.of(SslProvider.OPENSSL, protocol, "unknown_ca"));
        return OpenSsl.isAvailable() ? Stream.concat(jdk, open) : jdk;
    }

    @ParameterizedTest
    @MethodSource("providers")
    void weakSuitesAndVersionsAreRefused(SslProvider provider) throws Exception {
        Certificates rsa = Certificates.rsa("first.example");
        int port = start(new ServerTls(served(rsa, provider, null, ClientAuth.NONE), List.of()));
        int ecdsa = start(new ServerTls(served(FIRST, provider, null, ClientAuth.NONE), List.of()));

        assertThat(suite(ecdsa, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))
                .isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        assertThatThrownBy(() -> suite(ecdsa, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"))
                .isInstanceOf(IOException.class);
        for (String suite : List.of(
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")) {
            assertThat(suite(port, suite)).isEqualTo(suite);
        }
        for (String suite : List.of(
                "TLS_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_RSA_WITH_AES_256_CBC_SHA",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
                "TLS_DHE_RSA_WITH_AES_128_CBC_SHA")) {
            assertThatThrownBy(() -> suite(port, suite)).as(suite).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> connect(port, "TLSv1.1", NONE, "first.example").close())
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aClientThatOffersOtherProtocolsOnlyIsToldSo(SslProvider provider) throws Exception {
        ServedCertificate first = served(FIRST, provider, null, ClientAuth.NONE);
        ServedCertificate second = served(SECOND, provider, null, ClientAuth.NONE);
        for (int port :
                new int[] {start(new ServerTls(first, List.of())), start(new ServerTls(first, List.of(second)))}) {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                assertThat(agreed(port, protocol)).isEmpty();
                assertThat(agreed(port, protocol, "acme-tls/1", "http/1.1")).isEqualTo("http/1.1");
                assertThat(agreed(port, protocol, "http/1.1", "h2")).isEqualTo("h2");
                for (String strange : List.of("acme-tls/1", "http/1.0", "h3", "HTTP/1.1")) {
                    assertThatThrownBy(() -> agreed(port, protocol, strange))
                            .as(strange)
                            .isInstanceOf(SSLException.class)
                            .hasMessageContaining("no_application_protocol");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void whereHttp2IsOffAClientOfItIsToldSo(SslProvider provider) throws Exception {
        int port = start(new ServerTls(served(FIRST, provider, null, ClientAuth.NONE, false), List.of()));

        assertThat(agreed(port, "TLSv1.3", "h2", "http/1.1")).isEqualTo("http/1.1");
        assertThat(agreed(port, "TLSv1.3")).isEmpty();
        assertThatThrownBy(() -> agreed(port, "TLSv1.3", "h2")).hasMessageContaining("no_application_protocol");
    }

    static Stream<SslProvider> providers() {
        return OpenSsl.isAvailable() ? Stream.of(SslProvider.JDK, SslProvider.OPENSSL) : Stream.of(SslProvider.JDK);
    }

    private static String suite(int port, String suite) throws Exception {
        try (SSLSocket socket = socket(port, "TLSv1.2", NONE, "first.example")) {
            socket.setEnabledCipherSuites(new String[] {suite});
            socket.startHandshake();
            return socket.getSession().getCipherSuite();
        }
    }

    private static String agreed(int port, String protocol, String... offered) throws Exception {
        try (SSLSocket socket = socket(port, protocol, NONE, "second.example")) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(offered);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            assertThat(socket.getInputStream().read()).isEqualTo('k');
            return socket.getApplicationProtocol();
        }
    }

    @Test
    void theOcspResponseOfACertificateIsStapledToIt(@TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(OpenSsl.isOcspSupported());
        ManualClock clock = new ManualClock();
        byte[] response = OcspResponses.good(serial(SECOND), clock.instant().plusSeconds(60));
        Path file = Files.write(folder.resolve("second.der"), response);
        OcspStaple staple = new OcspStaple(file, clock);
        int port = start(new ServerTls(
                served(FIRST, SslProvider.OPENSSL, null, ClientAuth.NONE),
                List.of(served(SECOND, SslProvider.OPENSSL, staple, ClientAuth.NONE))));
        int alone = start(new ServerTls(served(SECOND, SslProvider.OPENSSL, staple, ClientAuth.NONE), List.of()));

        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            assertThat(stapled(port, protocol, "second.example")).containsExactly(response);
            assertThat(stapled(alone, protocol, "second.example")).containsExactly(response);
            assertThat(stapled(port, protocol, "first.example")).isEmpty();
        }
        clock.advance(Duration.ofSeconds(60));
        assertThat(stapled(port, "TLSv1.3", "second.example")).isEmpty();
    }

    private static List<byte[]> stapled(int port, String protocol, String name) throws Exception {
        try (SSLSocket socket = connect(port, protocol, NONE, name)) {
            return ((ExtendedSSLSession) socket.getSession()).getStatusResponses();
        }
    }

    private static BigInteger serial(Certificates certificates) {
        return ((X509Certificate) certificates.certificate()).getSerialNumber();
    }

    private static ServedCertificate served(
            Certificates own, SslProvider provider, @Nullable OcspStaple staple, ClientAuth clientAuth)
            throws GeneralSecurityException, IOException {
        return served(own, provider, staple, clientAuth, true);
    }

    private static ServedCertificate served(
            Certificates own, SslProvider provider, @Nullable OcspStaple staple, ClientAuth clientAuth, boolean http2)
            throws GeneralSecurityException, IOException {
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        authorities.setCertificateEntry("client", CLIENT.certificate());
        SslBundle bundle = SslBundle.of(
                SslStoreBundle.of(own.store(), "changeit", authorities), SslBundleKey.of("changeit"), SslOptions.NONE);
        return new ServedCertificate(bundle, provider, staple, http2, clientAuth);
    }

    /** Sends one byte to whoever is let in. */
    private int start(ServerTls tls) {
        Channel listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(tls.newHandler(), new Greeting());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private static final class Greeting extends ChannelInboundHandlerAdapter {

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
                context.writeAndFlush(context.alloc().buffer().writeByte('k'));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private static SSLSocket connect(int port, String protocol, KeyManager[] own, String name) throws Exception {
        SSLSocket socket = socket(port, protocol, own, name);
        socket.startHandshake();
        return socket;
    }

    private static SSLSocket socket(int port, String protocol, KeyManager[] own, String name) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own, new TrustManager[] {new TrustsEverybody()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Patience.AMPLE.toMillis());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setServerNames(List.of(new Name(name)));
        socket.setSSLParameters(parameters);
        return socket;
    }

    /** Shows the certificate whatever authorities the server names. */
    private static KeyManager[] shown(Certificates own) {
        X509ExtendedKeyManager keys = (X509ExtendedKeyManager) own.keys()[0];
        return new KeyManager[] {
            new X509ExtendedKeyManager() {
                @Override
                public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
                    return Objects.requireNonNull(keys.chooseClientAlias(types, null, socket));
                }

                @Override
                public String[] getClientAliases(String type, Principal[] issuers) {
                    return keys.getClientAliases(type, null);
                }

                @Override
                public String[] getServerAliases(String type, Principal[] issuers) {
                    return new String[0];
                }

                @Override
                public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
                    return null;
                }

                @Override
                public X509Certificate[] getCertificateChain(String alias) {
                    return keys.getCertificateChain(alias);
                }

                @Override
                public PrivateKey getPrivateKey(String alias) {
                    return keys.getPrivateKey(alias);
                }
            }
        };
    }

    /** A name that is sent as it is. */
    private static final class Name extends SNIServerName {
        Name(String name) {
            super(0, name.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static final class TrustsEverybody implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
