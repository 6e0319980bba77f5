package dev.goaround;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the jar is made of. */
class SupplyTests {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "libnetty_quiche42_osx_x86_64.jnilib",
                "libnetty_quiche42_osx_aarch_64.jnilib",
                "netty_quiche42_windows_x86_64.dll",
                "libnetty_resolver_dns_native_macos_x86_64.jnilib",
            })
    void nativeCodeIsForLinuxOnly(String library) {
        assertThat(SupplyTests.class.getResource("/META-INF/native/" + library)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "libnetty_quiche42_linux_x86_64.so",
                "libnetty_quiche42_linux_aarch_64.so",
                "libnetty_tcnative_linux_x86_64.so",
                "libnetty_transport_native_epoll_aarch_64.so",
            })
    void nativeCodeOfLinuxIsThere(String library) {
        assertThat(SupplyTests.class.getResource("/META-INF/native/" + library)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.netty.handler.proxy.Socks5ProxyHandler",
                "io.netty.handler.codec.socksx.v5.Socks5CommandRequest"
            })
    void nothingIsThereForOutboundProxies(String name) {
        assertThatThrownBy(() -> Class.forName(name)).isInstanceOf(ClassNotFoundException.class);
    }

    @Test
    void dependenciesWithAWrongChecksumEndTheBuild() throws Exception {
        assertThat(Files.readAllLines(Path.of(".mvn/maven.config"))).contains("--strict-checksums");
    }
}
