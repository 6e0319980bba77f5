package dev.goaround.http;

import java.util.ArrayList;
import java.util.List;

/**
 * The fields by which proxies tell servers what they can't see themselves: who the client is and what it has asked for. Anybody
 * can write them, so they count only where a trusted proxy has sent them. This is the one list of them; {@code Via} is not in it,
 * since a proxy must keep what others wrote there (RFC 9110 section 7.6.3).
 *
 * <p>Two have a standard: {@code Forwarded} (RFC 7239), {@code Client-Cert} and {@code Client-Cert-Chain} (RFC 9440). The others are
 * what the named products send to their servers, and drop from clients themselves where they are set up well.
 */
public final class ClaimFields {

    static final List<String> KNOWN = List.of(
            // The client's address, and the scheme, host, port and prefix of the request, as nearly all proxies tell
            // them.
            "Forwarded",
            "Forwarded-*",
            "X-Forwarded",
            "X-Forwarded-*",
            "X-Real-IP",
            "X-Real-Port",
            "Client-IP",
            "X-Client-IP",
            "X-Originating-IP",
            "True-Client-IP",
            "X-True-Client-IP",
            "X-Cluster-Client-IP",
            "Proxy-Client-IP",
            "X-ProxyUser-IP",
            // Some applications ask for a CGI variable as if it were a field.
            "HTTP-Client-IP",
            "HTTP-Forwarded*",
            "HTTP-X-Forwarded*",
            // CDNs and clouds: Cloudflare, Fastly, Akamai, CloudFront, Azure, Google, Fly, Netlify, Vercel,
            // DigitalOcean, Imperva, Sucuri.
            "CF-Connecting-*",
            "CF-Pseudo-IPv4",
            "CF-IPCountry",
            "CF-Visitor",
            "CF-Access-Authenticated-*",
            "Fastly-Client-IP",
            "Fastly-SSL",
            "Akamai-Client-IP",
            "CloudFront-*",
            "X-Azure-ClientIP",
            "X-Azure-SocketIP",
            "X-MS-Client-Principal",
            "X-MS-Client-Principal-*",
            "X-Amzn-OIDC-*",
            "X-Amzn-mTLS-*",
            "X-Goog-Authenticated-User-*",
            "X-Goog-IAP-*",
            "X-AppEngine-*",
            "Fly-Client-IP",
            "Fly-Forwarded-*",
            "X-NF-Client-Connection-IP",
            "X-Vercel-Forwarded-For",
            "DO-Connecting-IP",
            "Incap-Client-IP",
            "X-Sucuri-ClientIP",
            // Envoy's own, which it drops from outside as well, and Linkerd's.
            "X-Envoy-*",
            "L5d-Client-ID",
            // TLS that has ended in front, and the certificate that a client has shown there.
            "Client-Cert",
            "Client-Cert-*",
            "Client-Certificate",
            "X-Client-Cert",
            "X-Client-Cert-*",
            "X-Client-Certificate",
            "X-Client-DN",
            "X-Client-Verify",
            "X-Client-SSL-*",
            "SSL-*",
            "X-SSL",
            "X-SSL-*",
            "X-TLS-*",
            "X-ARR-*",
            "Front-End-HTTPS",
            "X-Scheme",
            "X-URL-Scheme",
            // What was asked for: ASP.NET, IIS, ingress controllers, Symfony, Django, Rack, gunicorn, Traefik.
            "X-Original-*",
            "X-Rewrite-URL",
            "X-Replaced-Path",
            "X-Host",
            "X-HTTP-Host-Override",
            "Script-Name",
            "X-Script-Name",
            "Path-Info",
            "X-Sendfile-Type",
            "X-Accel-*",
            // Who has logged in in front: CGI, Kubernetes, oauth2-proxy, Kong, Grafana, Authentik, mod_auth_openidc,
            // Shibboleth,
            // SiteMinder, WebSEAL, Tailscale.
            "Remote-*",
            "X-Remote-*",
            "X-Auth-Request-*",
            "X-Authenticated-*",
            "X-Consumer-*",
            "X-WebAuth-*",
            "X-Authentik-*",
            "OIDC-*",
            "Shib-*",
            "SM-User*",
            "IV-User",
            "IV-Groups",
            "IV-Creds",
            "Tailscale-User-*",
            // WebLogic and WebSphere.
            "WL-Proxy-*",
            "$WS*",
            // It becomes the variable HTTP_PROXY, which programs take for the proxy to use (CVE-2016-5385).
            "Proxy",
            // GoAround's.
            "GoAround-*");

    /** Those that everybody knows. */
    public static final FieldNameSet WELL_KNOWN = new FieldNameSet(KNOWN);

    private ClaimFields() {}

    /** Returns the well-known ones and others; names, or beginnings of names before an asterisk. */
    public static FieldNameSet and(List<String> others) {
        if (others.isEmpty()) {
            return WELL_KNOWN;
        }
        List<String> all = new ArrayList<>(KNOWN);
        all.addAll(others);
        return new FieldNameSet(all);
    }
}
