package io.trunkline.config.hba;

import io.trunkline.config.hba.LdapOptions.Scope;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL of LDAP (RFC 4516): {@code ldap[s]://host[:port]/base[?[attribute][?[scope][?[filter]]]]}. What is left out is
 * empty, but for the scope, which is the base then. The other URL classes refuse the characters of a filter.
 */
record LdapUrl(boolean ldaps, String host, int port, String base, String attribute, Scope scope, String filter) {
    private static final Pattern FORM = Pattern.compile(
            "(?i)(ldaps?)://"
                    + "(\\[[0-9a-f:.%]*]|[^/?:\\[\\]]*)(?::([0-9]{1,5}))?(?:/([^?]*)(?:\\?([^?]*)(?:\\?([^?]*)(?:\\?([^?]*))?)?)?)?");

    static LdapUrl parse(String url) throws AuthSyntaxException {
        Matcher form = FORM.matcher(url);
        if (!form.matches()) {
            throw new AuthSyntaxException("\"" + url
                    + "\" is no LDAP URL; allowed is ldap[s]://host[:port]/base[?[attribute][?[scope][?[filter]]]]");
        }
        int port = form.group(3) == null ? 0 : Integer.parseInt(form.group(3));
        if (form.group(3) != null && (port < 1 || port > 65_535)) {
            throw new AuthSyntaxException("\"" + url + "\" has no valid port; allowed is 1 to 65535");
        }
        return new LdapUrl(
                form.group(1).equalsIgnoreCase("ldaps"),
                decoded(form.group(2)),
                port,
                decoded(form.group(4)),
                // the first attribute counts, as in PostgreSQL
                decoded(form.group(5)).split(",", 2)[0],
                scope(decoded(form.group(6))),
                decoded(form.group(7)));
    }

    private static Scope scope(String text) throws AuthSyntaxException {
        return switch (text) {
            case "", "base" -> Scope.BASE;
            case "one" -> Scope.ONE_LEVEL;
            case "sub" -> Scope.SUBTREE;
            default ->
                throw new AuthSyntaxException(
                        "\"" + text + "\" is no scope of an LDAP URL; allowed is base, one or sub");
        };
    }

    private static String decoded(@org.jspecify.annotations.Nullable String part) throws AuthSyntaxException {
        if (part == null || part.indexOf('%') < 0) {
            return part == null ? "" : part;
        }
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '%') {
                decoded.write(bytes[i]);
                continue;
            }
            int value = i + 2 <= bytes.length - 1
                    ? NumericAddress.number(new String(bytes, i + 1, 2, StandardCharsets.ISO_8859_1), 2, 16)
                    : -1;
            if (value < 0) {
                throw new AuthSyntaxException(
                        "in an LDAP URL, % has to be followed by two hexadecimal digits (%25 is the sign itself)");
            }
            decoded.write(value);
            i += 2;
        }
        return decoded.toString(StandardCharsets.UTF_8);
    }
}
