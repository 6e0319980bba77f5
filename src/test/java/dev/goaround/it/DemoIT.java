package dev.goaround.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.goaround.testing.GoAround;
import dev.goaround.testing.Launch;
import dev.goaround.testing.RawClient;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DemoIT {

    private static final Pattern CURL = Pattern.compile("  curl (-X POST )?(http://\\S+)");

    @Test
    void theCurlLinesThatItPrintsWork() throws IOException {
        try (GoAround goAround = Launch.of("-p", "0", "--management-port", "0", "--demo", Launch.PATIENT)
                .start()) {
            goAround.awaitLine("/on");
            List<URI> urls = curls(goAround.out());
            assertThat(urls).hasSize(3);
            assertThat(urls.get(0)).hasPort(goAround.port());
            assertThat(answers(urls.get(0), 6))
                    .anyMatch(text -> text.contains("demo-1"))
                    .anyMatch(text -> text.contains("demo-2"))
                    .anyMatch(text -> text.contains("demo-3"));
            assertThat(post(urls.get(1))).contains("demo-3 is off");
            goAround.awaitLine("backend 127.0.0.1-" + urls.get(1).getPort() + " (http://127.0.0.1:"
                    + urls.get(1).getPort() + ") degraded: ");
            assertThat(answers(urls.get(0), 6)).noneMatch(text -> text.contains("demo-3"));
            assertThat(post(urls.get(2))).contains("demo-3 is on");
            assertThat(goAround.err()).isEmpty();
        }
    }

    private static List<URI> curls(List<String> lines) {
        List<URI> urls = new ArrayList<>();
        for (String line : lines) {
            Matcher curl = CURL.matcher(line);
            if (curl.find()) {
                urls.add(URI.create(curl.group(2)));
            }
        }
        return urls;
    }

    private static List<String> answers(URI url, int count) throws IOException {
        List<String> answers = new ArrayList<>();
        try (RawClient client = new RawClient(url.getPort())) {
            for (int i = 0; i < count; i++) {
                answers.add(client.get(url.getPath()).body());
            }
        }
        return answers;
    }

    private static String post(URI url) throws IOException {
        try (RawClient client = new RawClient(url.getPort())) {
            return client.exchange("POST", url.getPath(), "Content-Length: 0").body();
        }
    }
}
