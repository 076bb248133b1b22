package io.trunkline.proxy.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Hashtable;
import javax.naming.CommunicationException;
import javax.naming.Context;
import javax.naming.Name;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.SearchControls;
import javax.naming.directory.SearchResult;
import javax.naming.ldap.InitialLdapContext;
import javax.naming.ldap.LdapContext;
import javax.naming.ldap.StartTlsRequest;
import javax.naming.ldap.StartTlsResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to a directory, by the JDK's own client: LDAPv3, no pooling, referrals not followed, nothing of an entry
 * read but its name. Certificates are checked against the authorities that Java trusts, and the server's name. Blocks, and
 * is used by one thread.
 */
final class LdapSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LdapSession.class);

    private static final String CONNECT_TIMEOUT_MILLIS = "5000";
    private static final String READ_TIMEOUT_MILLIS = Integer.toString(LdapTlsSockets.READ_TIMEOUT_MILLIS);

    private final LdapContext context;

    private LdapSession(LdapContext context) {
        this.context = context;
    }

    /** Connects, and bargains for TLS if it is wanted. */
    static LdapSession open(String url, boolean startTls) throws NamingException {
        Hashtable<String, Object> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
        environment.put(Context.PROVIDER_URL, url);
        environment.put(Context.REFERRAL, "ignore");
        environment.put(Context.SECURITY_AUTHENTICATION, "none");
        environment.put("java.naming.ldap.version", "3");
        environment.put("com.sun.jndi.ldap.connect.timeout", CONNECT_TIMEOUT_MILLIS);
        environment.put("com.sun.jndi.ldap.read.timeout", READ_TIMEOUT_MILLIS);
        if (url.startsWith("ldaps:")) {
            environment.put("java.naming.ldap.factory.socket", LdapTlsSockets.class.getName());
        }
        LdapSession session = new LdapSession(new InitialLdapContext(environment, null));
        if (startTls) {
            try {
                session.startTls();
            } catch (NamingException | RuntimeException e) {
                session.close();
                throw e;
            }
        }
        return session;
    }

    private void startTls() throws NamingException {
        StartTlsResponse tls = (StartTlsResponse) context.extendedOperation(new StartTlsRequest());
        try {
            tls.negotiate(new LdapTlsSockets());
        } catch (IOException e) {
            CommunicationException failure = new CommunicationException("TLS cannot be started");
            failure.setRootCause(e);
            throw failure;
        }
    }

    /** A simple bind, on this connection. */
    void bind(String dn, String password) throws NamingException {
        context.addToEnvironment(Context.SECURITY_AUTHENTICATION, "simple");
        context.addToEnvironment(Context.SECURITY_PRINCIPAL, dn);
        context.addToEnvironment(Context.SECURITY_CREDENTIALS, password.getBytes(StandardCharsets.UTF_8));
        context.reconnect(null);
    }

    /** The names of the first two entries that fit, which tells whether there is one. */
    @SuppressWarnings("BanJNDI") // objects are neither asked for nor made of what comes: only names are read
    NamingEnumeration<SearchResult> search(Name base, String filter, int scope) throws NamingException {
        // "1.1" stands for no attribute at all
        return context.search(
                base,
                filter,
                new SearchControls(scope, 2, LdapTlsSockets.READ_TIMEOUT_MILLIS, new String[] {"1.1"}, false, false));
    }

    @Override
    public void close() {
        try {
            context.close();
        } catch (NamingException alreadyBroken) {
            log.debug("closing an LDAP connection: {}", alreadyBroken.toString());
        }
    }
}
