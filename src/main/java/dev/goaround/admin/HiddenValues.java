package dev.goaround.admin;

import java.util.regex.Pattern;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;

/**
 * Hides secrets where Spring Boot's endpoints show settings ({@code env}, {@code configprops}), even if they are told to show values:
 * by their names, by what else holds them (command lines, whole documents of settings), and private keys and URLs with user
 * information by what they look like.
 */
final class HiddenValues implements SanitizingFunction {

    private static final Pattern NAMES =
            Pattern.compile("token|passw|passphrase|secret|credential|authorization|cookie[-_.]?value"
                    + "|(private|api|access|client|account|signing|encryption)[-_.]?key");

    /** Settings of everything, with whatever is among them. */
    private static final Pattern HOLDERS =
            Pattern.compile("sun[._]java[._]command|(java_tool|jdk_java|java|_java|maven|catalina)_?"
                    + "(options|opts)|spring[._]application[._]json|vcap[._]services.*");

    private static final Pattern VALUES = Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY|://[^/@\\s]+@");

    @Override
    public SanitizableData apply(SanitizableData data) {
        return data.getValue() != null && secret(data) ? data.withSanitizedValue() : data;
    }

    private static boolean secret(SanitizableData data) {
        String key = data.getLowerCaseKey();
        return NAMES.matcher(key).find()
                || HOLDERS.matcher(key).matches()
                || VALUES.matcher(String.valueOf(data.getValue())).find();
    }
}
