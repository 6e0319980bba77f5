package dev.goaround.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.health.ProbeResult.Verdict;
import dev.goaround.upstream.ProbeReport.Finding;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpringReportsTests {

    private static final String ACTUATOR = "application/vnd.spring-boot.actuator.v3+json";

    @ParameterizedTest(name = "{0} {1} is {2}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | {'status':'UP'} | PASSED | UP",
                "200 | {'status':'UP','groups':['liveness']} | PASSED | UP",
                "503 | {'status':'DOWN'} | FAILED | DOWN",
                "200 | {'status':'DOWN'} | FAILED | DOWN", // whatever the code
                "503 | {'status':'DOWN','components':{'db':{'status':'DOWN'},'ping':{'status':'UP'}}} | FAILED | DOWN (db)",
                "503 | {'status':'DOWN','components':{'db':{'status':'DOWN','details':{}},'x':{'status':'UNKNOWN'},"
                        + "'readinessState':{'status':'OUT_OF_SERVICE'}}} | FAILED | DOWN (db, readinessState)",
                "503 | {'status':'DOWN','components':{'a':{'status':'DOWN'},'b':{'status':'DOWN'},'c':{'status':'DOWN'},"
                        + "'d':{'status':'DOWN'},'e':{'status':'DOWN'},'f':{'status':'DOWN'},'g':{'status':'DOWN'}}}"
                        + " | FAILED | DOWN (a, b, c, d, e and 2 more)",
                "503 | {'status':'OUT_OF_SERVICE'} | DRAINING | OUT_OF_SERVICE",
                "503 | {'status':'OUT_OF_SERVICE','components':{'readinessState':{'status':'OUT_OF_SERVICE'}}}"
                        + " | DRAINING | OUT_OF_SERVICE (readinessState)",
                "200 | {'status':'OUT_OF_SERVICE'} | DRAINING | OUT_OF_SERVICE",
                "503 | {'status':'REFUSING_TRAFFIC'} | DRAINING | REFUSING_TRAFFIC",
                "200 | {'status':'UNKNOWN'} | PASSED | UNKNOWN", // as Spring Boot maps it
                "503 | {'status':'FATAL'} | FAILED | FATAL", // and the application maps its own
                "404 | {'status':404,'error':'Not Found'} | FAILED"
                        + " | 404: no readiness, set management.endpoint.health.probes.enabled=true in the backend",
                "404 | '' | FAILED | 404: no readiness, set management.endpoint.health.probes.enabled=true in the backend",
                "401 | '' | FAILED | 401: the backend shows its health to nobody without a login",
                "200 | [] | FAILED | 200: no health report of Spring Boot",
                "200 | {'status':{'x':1}} | FAILED | 200: no health report of Spring Boot",
                "200 | {'status':'UP' | FAILED | 200: no health report of Spring Boot", // cut off
                "503 | {'status':'DOWN','components':'db'} | FAILED | DOWN",
                "503 | {'status':'DOWN','components':{'db':'DOWN'}} | FAILED | DOWN",
            })
    void readsTheReadiness(int code, String body, Verdict verdict, String words) {
        assertThat(health(code, ACTUATOR, body)).isEqualTo(new Finding(verdict, words));
    }

    @Test
    void takesNoPageForAReport() {
        assertThat(health(200, "text/html", "{'status':'UP'}"))
                .isEqualTo(new Finding(Verdict.FAILED, "200: no health report of Spring Boot"));
    }

    @Test
    void passesOnNeitherControlCharactersNorNovels() {
        String name = "db\\u0000\\r\\n\\u001b[31m\\u202e" + "x".repeat(100);
        Finding finding = health(503, ACTUATOR, "{'status':'DOWN','components':{'" + name + "':{'status':'DOWN'}}}");

        assertThat(finding.words()).isEqualTo("DOWN (db[31m" + "x".repeat(34) + ")");
    }

    @Test
    void readsNoMoreThanTheBeginningOfALongReport() {
        SpringHealthReport report = new SpringHealthReport(head(200, ACTUATOR));
        for (int i = 0; i < 100 && !report.full(); i++) {
            report.add(Unpooled.wrappedBuffer(new byte[1024]));
        }
        assertThat(report.full()).isTrue();
        assertThat(report.finding()).isEqualTo(new Finding(Verdict.FAILED, "200: a health report longer than 64KB"));
    }

    @Test
    void readsAReportThatIsExactlyAsLongAsItMayBe() {
        SpringHealthReport report = new SpringHealthReport(head(200, ACTUATOR));
        String start = "{\"status\":\"UP\"}";
        report.add(Unpooled.copiedBuffer(start, StandardCharsets.UTF_8));
        report.add(Unpooled.copiedBuffer(" ".repeat(64 * 1024 - start.length()), StandardCharsets.UTF_8));

        assertThat(report.full()).isFalse();
        assertThat(report.finding()).isEqualTo(new Finding(Verdict.PASSED, "UP"));
    }

    @ParameterizedTest(name = "{0} tells {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{'build':{'version':'1.2.3','name':'shop'}} | 1.2.3",
                "{'git':{'commit':{'id':'abc1234','time':'x'}}} | abc1234",
                "{'git':{'commit':{'id':{'abbrev':'abc1234','full':'abc1234def'}}}} | abc1234",
                "{'build':{'version':'1.2.3'},'git':{'commit':{'id':'abc1234'}}} | 1.2.3",
                "{'build':{'version':'1.2\\u0007.3'}} | 1.2.3",
                "{'java':{'version':'25'}} |",
                "{} |",
                "[] |",
                "{'build':{'version':' '}} |",
            })
    void readsTheVersion(String body, @Nullable String version) {
        SpringInfoReport report = new SpringInfoReport(head(200, ACTUATOR));
        report.add(Unpooled.copiedBuffer(body.replace('\'', '"'), StandardCharsets.UTF_8));

        Finding finding = report.finding();
        assertThat(finding == null ? null : finding.words()).isEqualTo(version);
    }

    private static Finding health(int code, String type, String body) {
        SpringHealthReport report = new SpringHealthReport(head(code, type));
        report.add(Unpooled.copiedBuffer(body.replace('\'', '"'), StandardCharsets.UTF_8));
        return report.finding();
    }

    private static HttpResponse head(int code, String type) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code));
        head.headers().set("Content-Type", type);
        return head;
    }
}
