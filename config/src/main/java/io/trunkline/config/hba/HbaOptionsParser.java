package io.trunkline.config.hba;

import static io.trunkline.config.hba.HbaOptions.DEFAULT_PAM_SERVICE;

import io.trunkline.config.hba.HbaOptions.ClientCertificate;
import io.trunkline.config.hba.HbaOptions.ClientName;
import io.trunkline.config.hba.LdapOptions.Scope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The options of one rule, checked against its type and method as PostgreSQL does (hba.c, parse_hba_auth_opt). Of an option
 * that is written twice the last one counts. Messages show no piece of a line after ldapbindpasswd: a password with a
 * blank or a comma falls into several.
 */
final class HbaOptionsParser {
    private static final String BIND_PASSWORD = "ldapbindpasswd";

    private static final Set<String> FOR_TLS = Set.of("clientcert", "clientname");
    private static final Set<String> FOR_PAM = Set.of("pamservice", "pam_use_hostname");
    private static final Set<String> SIMPLE_BIND = new TreeSet<>(Set.of("ldapprefix", "ldapsuffix"));
    private static final Set<String> SEARCH = new TreeSet<>(
            Set.of("ldapbasedn", "ldapbinddn", BIND_PASSWORD, "ldapsearchattribute", "ldapsearchfilter", "ldapurl"));
    private static final Set<String> ANY_BIND =
            Set.of("ldapserver", "ldapport", "ldapscheme", "ldaptls", "backend_use_passwd");

    private final ConnectionType type;
    private final HbaMethod method;
    private final Map<String, String> options = new LinkedHashMap<>();

    private HbaOptionsParser(ConnectionType type, HbaMethod method) {
        this.type = type;
        this.method = method;
    }

    static HbaOptions parse(ConnectionType type, HbaMethod method, List<AuthToken> tokens) throws AuthSyntaxException {
        HbaOptionsParser parser = new HbaOptionsParser(type, method);
        for (AuthToken token : tokens) {
            parser.add(token.text());
        }
        return parser.options();
    }

    private void add(String text) throws AuthSyntaxException {
        int equals = text.indexOf('=');
        boolean secret = options.containsKey(BIND_PASSWORD);
        String name = equals < 0 ? "" : text.substring(0, equals);
        if (equals < 0 || secret && !isKnown(name)) {
            throw new AuthSyntaxException(
                    (secret ? "what follows " + BIND_PASSWORD : "\"" + text + "\"")
                            + " is no option; allowed is name=value, and a value with a blank or a comma stands in double quotes");
        }
        if (!isKnown(name)) {
            throw new AuthSyntaxException("\"" + name + "\" is no option of a rule");
        }
        requireMethod(name);
        options.put(name, text.substring(equals + 1));
    }

    private static boolean isKnown(String name) {
        return name.equals("map") || FOR_TLS.contains(name) || FOR_PAM.contains(name) || isForLdap(name);
    }

    private static boolean isForLdap(String name) {
        return SIMPLE_BIND.contains(name) || SEARCH.contains(name) || ANY_BIND.contains(name);
    }

    private void requireMethod(String name) throws AuthSyntaxException {
        if (name.equals("map") && method != HbaMethod.PEER && method != HbaMethod.CERT) {
            throw new AuthSyntaxException("option \"map\" is only for the methods peer and cert");
        }
        if (FOR_TLS.contains(name) && type != ConnectionType.HOSTSSL) {
            throw new AuthSyntaxException("option \"" + name + "\" is only for the connection type hostssl");
        }
        if (FOR_PAM.contains(name) && method != HbaMethod.PAM) {
            throw new AuthSyntaxException("option \"" + name + "\" is only for the method pam");
        }
        if (isForLdap(name) && method != HbaMethod.LDAP) {
            throw new AuthSyntaxException("option \"" + name + "\" is only for the method ldap");
        }
    }

    private HbaOptions options() throws AuthSyntaxException {
        return new HbaOptions(
                clientCertificate(),
                clientName(),
                Optional.ofNullable(options.get("map")).filter(map -> !map.isEmpty()),
                method == HbaMethod.LDAP ? Optional.of(ldap()) : Optional.empty(),
                options.getOrDefault("pamservice", DEFAULT_PAM_SERVICE),
                flag("pam_use_hostname"),
                flag("backend_use_passwd"));
    }

    /** Besides PostgreSQL's words, those of its versions before 14, which Pgpool-II has kept. */
    private ClientCertificate clientCertificate() throws AuthSyntaxException {
        String value = options.get("clientcert");
        boolean cert = method == HbaMethod.CERT;
        ClientCertificate asked = value == null
                ? ClientCertificate.NONE
                : switch (value) {
                    case "verify-full" -> ClientCertificate.VERIFY_FULL;
                    case "verify-ca", "1" -> ClientCertificate.VERIFY_CA;
                    case "no-verify", "0" -> ClientCertificate.NONE;
                    default ->
                        throw new AuthSyntaxException(
                                "\"" + value + "\" is no value of clientcert; allowed is verify-ca or verify-full");
                };
        if (cert && value != null && asked != ClientCertificate.VERIFY_FULL && !value.equals("1")) {
            throw new AuthSyntaxException("with the method cert, clientcert can only be verify-full");
        }
        return cert ? ClientCertificate.VERIFY_FULL : asked;
    }

    private ClientName clientName() throws AuthSyntaxException {
        String value = options.getOrDefault("clientname", "CN");
        return switch (value) {
            case "CN" -> ClientName.CN;
            case "DN" -> ClientName.DN;
            default ->
                throw new AuthSyntaxException("\"" + value + "\" is no value of clientname; allowed is CN or DN");
        };
    }

    private boolean flag(String name) throws AuthSyntaxException {
        String value = options.getOrDefault(name, "0");
        if (!value.equals("0") && !value.equals("1")) {
            throw new AuthSyntaxException("\"" + value + "\" is no value of " + name + "; allowed is 0 or 1");
        }
        return value.equals("1");
    }

    private LdapOptions ldap() throws AuthSyntaxException {
        Scope scope = Scope.SUBTREE;
        String text = options.get("ldapurl");
        int urlPort = 0;
        boolean ldaps = false;
        @Nullable String server = null;
        @Nullable String base = null;
        @Nullable String attribute = null;
        @Nullable String filter = null;
        if (text != null) {
            LdapUrl url = LdapUrl.parse(text);
            scope = url.scope();
            urlPort = url.port();
            ldaps = url.ldaps();
            server = url.host();
            base = url.base();
            attribute = url.attribute().isEmpty() ? null : url.attribute();
            filter = url.filter().isEmpty() ? null : url.filter();
        }
        base = options.getOrDefault("ldapbasedn", base);
        attribute = options.getOrDefault("ldapsearchattribute", attribute);
        filter = options.getOrDefault("ldapsearchfilter", filter);
        server = options.getOrDefault("ldapserver", server);
        List<String> servers = server == null
                ? List.of()
                : Arrays.stream(server.split(" ")).filter(s -> !s.isEmpty()).toList();
        checkModes(base, attribute, filter, servers);
        boolean startTls = flag("ldaptls");
        ldaps = ldaps(ldaps);
        if (ldaps && startTls) {
            throw new AuthSyntaxException(
                    "ldaptls = 1 and ldaps exclude each other: the connection is encrypted already");
        }
        return new LdapOptions(
                servers,
                port(urlPort),
                ldaps,
                startTls,
                options.getOrDefault("ldapprefix", ""),
                options.getOrDefault("ldapsuffix", ""),
                Optional.ofNullable(base),
                Optional.ofNullable(options.get("ldapbinddn")).filter(dn -> !dn.isEmpty()),
                Optional.ofNullable(options.get(BIND_PASSWORD)).filter(password -> !password.isEmpty()),
                attribute == null ? "uid" : attribute,
                Optional.ofNullable(filter),
                scope);
    }

    private void checkModes(
            @Nullable String base, @Nullable String attribute, @Nullable String filter, List<String> servers)
            throws AuthSyntaxException {
        if (SIMPLE_BIND.stream().anyMatch(options::containsKey)) {
            if (SEARCH.stream().anyMatch(options::containsKey)) {
                throw new AuthSyntaxException(String.join(", ", SEARCH) + " cannot be mixed with "
                        + String.join(" and ", SIMPLE_BIND) + ": the user is either searched for or named");
            }
        } else if (base == null) {
            throw new AuthSyntaxException("the method ldap needs ldapbasedn, ldapprefix or ldapsuffix");
        }
        if (attribute != null && filter != null) {
            throw new AuthSyntaxException("ldapsearchattribute and ldapsearchfilter exclude each other");
        }
        if (servers.isEmpty() && (base == null || base.isEmpty())) {
            throw new AuthSyntaxException("the method ldap needs ldapserver, or an ldapbasedn to find one by");
        }
    }

    private boolean ldaps(boolean ofUrl) throws AuthSyntaxException {
        String scheme = options.get("ldapscheme");
        if (scheme == null) {
            return ofUrl;
        }
        if (!scheme.equals("ldap") && !scheme.equals("ldaps")) {
            throw new AuthSyntaxException("\"" + scheme + "\" is no value of ldapscheme; allowed is ldap or ldaps");
        }
        return scheme.equals("ldaps");
    }

    private OptionalInt port(int ofUrl) throws AuthSyntaxException {
        String value = options.get("ldapport");
        if (value == null) {
            return ofUrl == 0 ? OptionalInt.empty() : OptionalInt.of(ofUrl);
        }
        int port = NumericAddress.number(value, 5, 10);
        if (port < 1 || port > 65_535) {
            throw new AuthSyntaxException("\"" + value + "\" is no port of ldapport; allowed is 1 to 65535");
        }
        return OptionalInt.of(port);
    }
}
