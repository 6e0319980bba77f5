package dev.goaround.page;

import dev.goaround.admin.StatusSources;
import dev.goaround.health.ProbeResult;
import dev.goaround.page.Overview.BackendTraffic;
import dev.goaround.pool.Backend;
import dev.goaround.pool.BackendPool;
import dev.goaround.pool.Member;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.springframework.web.util.HtmlUtils;

/**
 * The status page as it comes: complete without its script, which keeps it up to date where there is one. Everything that anyone
 * outside could have a say in is escaped.
 */
final class StatusPage {

    private static final String NOTHING = "\u2013";

    private final BackendPool pool;
    private final StatusSources sources;
    private final String template;

    StatusPage(BackendPool pool, StatusSources sources) {
        this.pool = pool;
        this.sources = sources;
        this.template = Resource.text("goaround.html");
    }

    /**
     * The page.
     *
     * @param endpoint the path of the endpoint that the script asks
     * @param buttons whether whoever looks might change something
     */
    String html(String endpoint, boolean buttons, Overview overview) {
        List<Member> members = pool.snapshot().members();
        StringBuilder rows = new StringBuilder();
        for (Member member : members) {
            row(rows, member, overview);
        }
        String page = template;
        page = page.replace("{endpoint}", escape(endpoint));
        page = page.replace("{buttons}", Boolean.toString(buttons));
        page = page.replace("{version}", escape(sources.version()));
        page = page.replace("{level}", escape(overview.verdict().level()));
        page = page.replace("{rps}", number(overview.minute().requestsPerSecond()));
        page = page.replace("{errors}", Verdict.percent(overview.minute().errorShare()));
        page = page.replace("{p50}", millis(overview.minute().p50Millis()));
        page = page.replace("{p95}", millis(overview.minute().p95Millis()));
        page = page.replace("{p99}", millis(overview.minute().p99Millis()));
        page = page.replace("{queued}", Integer.toString(overview.queued()));
        // What holds words of others comes last, so that nothing in it is taken for a place in the template.
        int verdict = page.indexOf("{verdict}");
        int backends = page.indexOf("{backends}");
        return page.substring(0, verdict)
                + escape(overview.verdict().words())
                + page.substring(verdict + "{verdict}".length(), backends)
                + rows
                + page.substring(backends + "{backends}".length());
    }

    private void row(StringBuilder rows, Member member, Overview overview) {
        Backend backend = member.backend();
        BackendTraffic traffic = overview.backends().get(backend.id());
        Instant since = member.labelSince().truncatedTo(ChronoUnit.SECONDS);
        rows.append("<tr><th scope=\"row\">").append(escape(backend.id()));
        sources.backendVersion()
                .apply(backend)
                .ifPresent(its -> rows.append("<small>").append(escape(its)).append("</small>"));
        rows.append("</th>");
        cell(rows, member.label());
        cell(rows, since.toString());
        cell(rows, member.labelCause());
        cell(rows, traffic == null ? "" : Verdict.percent(traffic.share()));
        cell(rows, backend.inFlight() + " of " + backend.limit());
        // Of no requests there is no share that failed, and no time that they took.
        BackendTraffic asked = traffic == null || traffic.requestsPerSecond() == 0 ? null : traffic;
        cell(rows, asked == null ? NOTHING : Verdict.percent(asked.errorShare()));
        cell(rows, asked == null ? NOTHING : millis(asked.p95Millis()));
        cell(rows, sources.lastProbe().apply(backend).map(ProbeResult::detail).orElse("none yet"));
        cell(rows, traffic == null ? "" : Verdict.percent(traffic.connectionsReused()));
        rows.append("</tr>\n");
    }

    private static void cell(StringBuilder rows, String text) {
        rows.append("<td>").append(escape(text)).append("</td>");
    }

    private static String number(double number) {
        return number < 10 ? String.format(Locale.ROOT, "%.1f", number) : Long.toString(Math.round(number));
    }

    private static String millis(double millis) {
        return number(millis) + " ms";
    }

    private static String escape(String text) {
        return HtmlUtils.htmlEscape(text, StandardCharsets.UTF_8.name());
    }
}
