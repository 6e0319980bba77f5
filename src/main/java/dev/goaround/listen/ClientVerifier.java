package dev.goaround.listen;

import io.netty.handler.ssl.OpenSslCertificateException;
import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertPathValidatorException.Reason;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Verifies clients' certificates for native TLS, and gives the reason of a refusal such that the client is sent the alert that is
 * meant for it (RFC 8446 section 6.2). Without that it would be told of an internal error of ours.
 */
final class ClientVerifier extends X509ExtendedTrustManager {

    /** {@code X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY} of OpenSSL, of which the alert unknown_ca comes. */
    private static final int UNKNOWN_ISSUER = 20;

    /** {@code X509_V_ERR_CERT_REJECTED} of OpenSSL, of which the alert bad_certificate comes. */
    private static final int REJECTED = 28;

    /** Reasons for which Netty finds the alert itself. */
    private static final Set<Reason> TOLD = Set.of(BasicReason.EXPIRED, BasicReason.NOT_YET_VALID, BasicReason.REVOKED);

    private final X509ExtendedTrustManager verifier;

    ClientVerifier(X509ExtendedTrustManager verifier) {
        this.verifier = verifier;
    }

    /** Something that verifies, or throws. */
    private interface Check {
        void run() throws CertificateException;
    }

    private static void explained(Check check) throws CertificateException {
        try {
            check.run();
        } catch (CertificateException refusal) {
            throw explained(refusal);
        }
    }

    private static CertificateException explained(CertificateException refusal) {
        int error = REJECTED;
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathValidatorException invalid && TOLD.contains(invalid.getReason())) {
                return refusal;
            }
            if (cause instanceof CertPathBuilderException) {
                error = UNKNOWN_ISSUER;
            }
        }
        return new OpenSslCertificateException(refusal.getMessage(), refusal, error);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        explained(() -> verifier.checkClientTrusted(chain, type, engine));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        explained(() -> verifier.checkClientTrusted(chain, type, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        explained(() -> verifier.checkClientTrusted(chain, type));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        verifier.checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        verifier.checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        verifier.checkServerTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return verifier.getAcceptedIssuers();
    }
}
