package io.trunkline.proxy.auth;

import io.trunkline.config.hba.LdapOptions;
import io.trunkline.proxy.auth.PasswordCheck.Verdict;
import java.util.List;
import java.util.Optional;
import javax.naming.AuthenticationException;
import javax.naming.AuthenticationNotSupportedException;
import javax.naming.CommunicationException;
import javax.naming.InvalidNameException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.NoPermissionException;
import javax.naming.OperationNotSupportedException;
import javax.naming.PartialResultException;
import javax.naming.ServiceUnavailableException;
import javax.naming.directory.SearchControls;
import javax.naming.directory.SearchResult;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * The method ldap, with the ways of PostgreSQL (manual, section 21.10): the password is right if the directory lets the
 * user bind with it. Who that is, is either put together from prefix, name and suffix, or searched for. Blocks.
 */
final class LdapCheck implements PasswordChecks.BlockingCheck {
    /** They would have to be escaped in a filter, and no reasonable name has them; PostgreSQL refuses the same ones. */
    private static final String FORBIDDEN_IN_SEARCH = "*()\\/";

    private static final String USER_NAME = "$username";

    private final LdapOptions options;

    /** The search has ended without one user. */
    private static final class NotFound extends Exception {
        private static final long serialVersionUID = 1L;

        NotFound(String why) {
            super(why);
        }
    }

    LdapCheck(LdapOptions options) {
        this.options = options;
    }

    @Override
    public Verdict check(PasswordCheck.Claim claim) {
        String user = claim.user();
        if (options.baseDn().isPresent() && hasForbiddenCharacter(user)) {
            return Verdict.wrong("the user name has a character that LDAP searches do not allow");
        }
        StringBuilder failures = new StringBuilder();
        try {
            for (String url : LdapServers.urls(options)) {
                try {
                    return checkAt(url, user, claim.password());
                } catch (CommunicationException | ServiceUnavailableException e) {
                    // the next one may answer
                    failures.append(failures.isEmpty() ? "" : "; ")
                            .append(url)
                            .append(": ")
                            .append(reason(e));
                }
            }
            return Verdict.unavailable("no LDAP server answers: " + failures);
        } catch (NamingException e) {
            return Verdict.unavailable(reason(e));
        }
    }

    private static boolean hasForbiddenCharacter(String user) {
        return user.chars().anyMatch(c -> c < ' ' || FORBIDDEN_IN_SEARCH.indexOf(c) >= 0);
    }

    private Verdict checkAt(String url, String user, String password) throws NamingException {
        String dn;
        if (options.baseDn().isPresent()) {
            try {
                dn = search(url, options.baseDn().get(), user);
            } catch (NotFound e) {
                return Verdict.wrong(e.getMessage() + " (" + url + ")");
            }
        } else {
            dn = options.prefix() + inDn(user) + options.suffix();
        }
        try (LdapSession session = LdapSession.open(url, options.startTls())) {
            session.bind(dn, password);
            return Verdict.right();
        } catch (AuthenticationException
                | AuthenticationNotSupportedException
                | InvalidNameException
                | NoPermissionException
                | OperationNotSupportedException e) {
            return Verdict.wrong("LDAP login as \"" + dn + "\" at " + url + " failed: " + reason(e));
        }
    }

    /** What is put into a DN is escaped (RFC 4514); {@code user@domain} and {@code DOMAIN\\user} are none. */
    private String inDn(String user) {
        return options.prefix().indexOf('=') >= 0 ? Rdn.escapeValue(user) : user;
    }

    private String search(String url, String baseDn, String user) throws NamingException, NotFound {
        try (LdapSession session = LdapSession.open(url, options.startTls())) {
            Optional<String> searcher = options.bindDn();
            if (searcher.isPresent()) {
                try {
                    session.bind(searcher.get(), options.bindPassword().orElse(""));
                } catch (CommunicationException e) {
                    throw e;
                } catch (NamingException e) {
                    throw explained("LDAP login for the search as \"" + searcher.get() + "\" at " + url + " failed", e);
                }
            }
            String filter = filter(user);
            try {
                return theOnly(session.search(new LdapName(baseDn), filter, scope()), user, filter);
            } catch (CommunicationException | ServiceUnavailableException e) {
                throw e;
            } catch (NamingException e) {
                throw explained("LDAP search for \"" + filter + "\" below \"" + baseDn + "\" at " + url + " failed", e);
            }
        }
    }

    private static NamingException explained(String what, NamingException cause) {
        NamingException explained = new NamingException(what + ": " + reason(cause));
        explained.setRootCause(cause);
        return explained;
    }

    private String filter(String user) {
        return options.searchFilter()
                .map(filter -> filter.replace(USER_NAME, user))
                .orElseGet(() -> "(" + options.searchAttribute() + "=" + user + ")");
    }

    private int scope() {
        return switch (options.scope()) {
            case BASE -> SearchControls.OBJECT_SCOPE;
            case ONE_LEVEL -> SearchControls.ONELEVEL_SCOPE;
            case SUBTREE -> SearchControls.SUBTREE_SCOPE;
        };
    }

    private static String theOnly(NamingEnumeration<SearchResult> results, String user, String filter)
            throws NamingException, NotFound {
        try {
            if (!hasMore(results)) {
                throw new NotFound("LDAP user \"" + user + "\" does not exist: nothing fits " + filter);
            }
            String dn = results.next().getNameInNamespace();
            if (hasMore(results)) {
                throw new NotFound("LDAP user \"" + user + "\" is not unique: more than one entry fits " + filter);
            }
            return dn;
        } finally {
            results.close();
        }
    }

    /** References to other servers, which are not followed, end a search with an exception. */
    private static boolean hasMore(NamingEnumeration<SearchResult> results) throws NamingException {
        try {
            return results.hasMore();
        } catch (PartialResultException references) {
            return false;
        }
    }

    private static String reason(NamingException e) {
        Throwable root = e.getRootCause();
        String message = e.getMessage() == null ? e.toString() : e.getMessage().replace("\0", "");
        return root == null || root instanceof NamingException || root.getMessage() == null
                ? message
                : List.of(message, root.getMessage()).stream()
                        .distinct()
                        .reduce((a, b) -> a + " (" + b + ")")
                        .get();
    }
}
