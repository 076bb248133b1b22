package io.trunkline.config.hba;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The options of the method ldap; PostgreSQL's manual, section 21.10. With a base DN the user is searched for first, else
 * the user's DN is {@code prefix + user + suffix}. What {@code ldapurl} says is in the same places.
 *
 * @param servers in the order in which they are tried; empty if they are to be found by DNS SRV records of the base DN
 * @param port empty for the scheme's own
 * @param ldaps whether the connection is TLS from its first byte
 * @param startTls whether it becomes TLS by StartTLS
 * @param prefix empty if there is none, as the suffix
 * @param suffix what follows the user's name
 * @param baseDn where the search begins; empty if there is none to do
 * @param bindDn who searches; empty for anonymous
 * @param bindPassword of that DN; never to be printed
 * @param searchAttribute the attribute that has to be equal to the user's name; uid unless there is a filter
 * @param searchFilter a filter with {@code $username} in it, in the place of the attribute
 * @param scope how deep the search goes
 */
public record LdapOptions(
        List<String> servers,
        OptionalInt port,
        boolean ldaps,
        boolean startTls,
        String prefix,
        String suffix,
        Optional<String> baseDn,
        Optional<String> bindDn,
        Optional<String> bindPassword,
        String searchAttribute,
        Optional<String> searchFilter,
        Scope scope) {

    /** How deep a search goes. */
    public enum Scope {
        BASE,
        ONE_LEVEL,
        SUBTREE
    }

    public LdapOptions {
        servers = List.copyOf(servers);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "LDAP servers " + servers + baseDn.map(dn -> ", base " + dn).orElse("");
    }
}
