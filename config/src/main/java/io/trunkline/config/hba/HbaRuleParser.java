package io.trunkline.config.hba;

import io.trunkline.config.hba.HbaAddress.HostName;
import io.trunkline.config.hba.HbaAddress.Keyword;
import io.trunkline.config.hba.HbaAddress.Network;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes a rule of the fields of a line; the first thing that is wrong with it is its error. */
final class HbaRuleParser {
    /** Methods that PostgreSQL has and Trunkline has not. */
    private static final Set<String> OTHER_METHODS = Set.of("gss", "sspi", "ident", "radius", "bsd", "oauth", "krb5");

    private final AuthLine line;
    private final Iterator<List<AuthToken>> fields;

    private HbaRuleParser(AuthLine line) {
        this.line = line;
        this.fields = line.fields().iterator();
    }

    static HbaRule parse(AuthLine line) throws AuthSyntaxException {
        if (!line.problem().isEmpty()) {
            throw new AuthSyntaxException(line.problem());
        }
        return new HbaRuleParser(line).rule();
    }

    private HbaRule rule() throws AuthSyntaxException {
        String word = single(fields.next(), "connection type").text();
        ConnectionType type = ConnectionType.find(word)
                .orElseThrow(() -> new AuthSyntaxException(
                        shown(word) + " is no connection type; allowed is one of " + ConnectionType.list()));
        List<NamePattern> databases = new ArrayList<>();
        for (AuthToken token : next(type)) {
            databases.add(NamePattern.database(token));
        }
        List<NamePattern> users = new ArrayList<>();
        for (AuthToken token : next(type)) {
            users.add(NamePattern.user(token));
        }
        Optional<HbaAddress> address = type == ConnectionType.LOCAL ? Optional.empty() : Optional.of(address(type));
        HbaMethod method = method(type);
        List<AuthToken> options = new ArrayList<>();
        fields.forEachRemaining(options::addAll);
        return new HbaRule(
                line.at(), type, databases, users, address, method, HbaOptionsParser.parse(type, method, options));
    }

    private List<AuthToken> next(ConnectionType type) throws AuthSyntaxException {
        if (!fields.hasNext()) {
            throw new AuthSyntaxException("there are too few fields; allowed is " + type + " database user "
                    + (type == ConnectionType.LOCAL ? "" : "address ") + "method [options]");
        }
        return fields.next();
    }

    private static AuthToken single(List<AuthToken> field, String what) throws AuthSyntaxException {
        if (field.size() > 1) {
            throw new AuthSyntaxException("there is more than one " + what + "; allowed is one a line");
        }
        return field.get(0);
    }

    private HbaAddress address(ConnectionType type) throws AuthSyntaxException {
        AuthToken token = single(next(type), "address");
        for (Keyword keyword : Keyword.values()) {
            if (token.isKeyword(keyword.toString())) {
                return keyword;
            }
        }
        String text = token.text();
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        byte[] address = NumericAddress.parse(host);
        if (address == null) {
            if (NumericAddress.isMeant(host)) {
                throw new AuthSyntaxException(
                        "\"" + host
                                + "\" is no IP address; allowed is four numbers from 0 to 255 for IPv4, or one of the forms of IPv6");
            }
            if (slash >= 0) {
                throw new AuthSyntaxException(
                        shown(text) + " is a host name with a mask; allowed is one of host name and address/length");
            }
            return new HostName(text);
        }
        if (slash >= 0) {
            int prefix = NumericAddress.number(text.substring(slash + 1), 3, 10);
            if (prefix < 0 || prefix > 8 * address.length) {
                throw new AuthSyntaxException(
                        "\"" + text + "\" has no valid prefix length; allowed is 0 to " + 8 * address.length);
            }
            return new Network(address, NumericAddress.mask(prefix, address.length));
        }
        if (!fields.hasNext()) {
            throw new AuthSyntaxException(
                    "the mask of " + host + " is missing; allowed is address/length, or a mask in a field of its own");
        }
        String second = single(fields.next(), "mask").text();
        byte[] mask = NumericAddress.parse(second);
        if (mask == null || mask.length != address.length) {
            throw new AuthSyntaxException(shown(second) + " is no mask of " + host
                    + "; allowed is address/length, or a mask of the same kind in a field of its own");
        }
        return new Network(address, mask);
    }

    private HbaMethod method(ConnectionType type) throws AuthSyntaxException {
        String word = single(next(type), "authentication method").text();
        if (type == ConnectionType.LOCAL && word.equals("ident")) {
            // as in PostgreSQL, which had no other word for it once
            return HbaMethod.PEER;
        }
        HbaMethod method = HbaMethod.find(word)
                .orElseThrow(() -> new AuthSyntaxException((OTHER_METHODS.contains(word)
                                ? "authentication method \"" + word + "\" is not supported"
                                : shown(word) + " is no authentication method")
                        + "; allowed is one of " + HbaMethod.list()));
        if (method == HbaMethod.PEER && type != ConnectionType.LOCAL) {
            throw new AuthSyntaxException("the method peer is only for the connection type local");
        }
        if (method == HbaMethod.CERT && type != ConnectionType.HOSTSSL) {
            throw new AuthSyntaxException("the method cert is only for the connection type hostssl");
        }
        return method;
    }

    /** A word for a message; what stands after an equals sign may be a password on a line that lacks a field. */
    private static String shown(String text) {
        int equals = text.indexOf('=');
        return equals < 0 ? "\"" + text + "\"" : "\"" + text.substring(0, equals) + "=...\"";
    }
}
