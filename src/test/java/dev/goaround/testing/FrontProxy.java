package dev.goaround.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;

/** An nginx or HAProxy of the machine that terminates TLS in front of GoAround, configured as its users do. */
public final class FrontProxy implements AutoCloseable {

    /** The kinds there are. */
    public enum Kind {
        NGINX("nginx"),
        HAPROXY("haproxy");

        private final String program;

        Kind(String program) {
            this.program = program;
        }
    }

    private final Path folder;
    private final int behind;
    private final HeldPort port = HeldPort.take();
    private final Certificates certificates;
    private final Process process;

    private FrontProxy(Kind kind, Path folder, Certificates certificates, int behind) throws IOException {
        this.folder = folder;
        this.certificates = certificates;
        this.behind = behind;
        certificates.writePem(folder.resolve("front.pem"), folder.resolve("front.pem.key"));
        Path configuration =
                Files.writeString(folder.resolve(kind.program + ".conf"), kind == Kind.NGINX ? nginx() : haproxy());
        this.process = new ProcessBuilder(
                        Programs.require(kind.program, kind.program).toString(),
                        kind == Kind.NGINX ? "-c" : "-f",
                        configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(kind.program + ".log").toFile())
                .start();
    }

    /**
     * Starts one that answers.
     *
     * @param behind the port of GoAround
     */
    public static FrontProxy start(Kind kind, Path folder, Certificates certificates, int behind) {
        try {
            FrontProxy front = new FrontProxy(kind, folder, certificates, behind);
            Awaitility.await(kind + " listens").until(() -> !front.process.isAlive() || front.listens());
            if (!front.process.isAlive()) {
                throw new IllegalStateException(
                        kind + " ended: " + Files.readString(folder.resolve(kind.program + ".log")));
            }
            return front;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean listens() {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port()).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private String nginx() {
        return """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log stderr;
                events { worker_connections 100; }
                http {
                    access_log off;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server {
                        listen 127.0.0.1:%2$d ssl;
                        ssl_certificate %1$s/front.pem;
                        ssl_certificate_key %1$s/front.pem.key;
                        location / {
                            proxy_pass http://127.0.0.1:%3$d;
                            proxy_set_header Host $http_host;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_set_header X-Forwarded-Proto $scheme;
                        }
                    }
                }
                """.formatted(folder, port(), behind);
    }

    private String haproxy() {
        return """
                defaults
                    mode http
                    timeout connect 10s
                    timeout client 60s
                    timeout server 60s
                listen front
                    bind 127.0.0.1:%2$d ssl crt %1$s/front.pem
                    option forwardfor
                    http-request set-header X-Forwarded-Proto https
                    server goaround 127.0.0.1:%3$d
                """.formatted(folder, port(), behind);
    }

    public int port() {
        return port.port();
    }

    /** The body of the response to a GET that comes from that address over TLS. */
    public String get(String path, InetAddress from) throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, certificates.authority().getTrustManagers(), null);
        try (Socket client = tls.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port(), from, 0)) {
            client.setSoTimeout((int) Patience.AMPLE.toMillis());
            client.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            String response = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return response.substring(response.indexOf("\r\n\r\n") + 4);
        }
    }

    @Override
    public void close() {
        Programs.kill(process);
        port.close();
    }
}
