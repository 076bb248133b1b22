package io.trunkline.proxy.auth;

import io.trunkline.config.hba.LdapOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import javax.naming.Context;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** Where the directories of a rule are. */
final class LdapServers {
    private static final int LDAP_PORT = 389;
    private static final int LDAPS_PORT = 636;

    /** One line of the answer to a question for {@code _ldap._tcp} (RFC 2782). */
    private record Service(int priority, String host, int port) {
        static Service parse(String record) throws NamingException {
            String[] fields = record.strip().split("\\s+");
            if (fields.length != 4) {
                throw new NamingException("\"" + record + "\" is no DNS SRV record");
            }
            return new Service(
                    Integer.parseInt(fields[0]),
                    fields[3].endsWith(".") ? fields[3].substring(0, fields[3].length() - 1) : fields[3],
                    Integer.parseInt(fields[2]));
        }
    }

    private LdapServers() {}

    /** In the order in which they are to be tried; blocks where DNS has to be asked. */
    static List<String> urls(LdapOptions options) throws NamingException {
        if (options.servers().isEmpty()) {
            String name = "_ldap._tcp." + domain(options.baseDn().orElse(""));
            return urls(serviceRecords(name), options.ldaps());
        }
        OptionalInt port = options.port();
        return options.servers().stream()
                .map(host -> url(options.ldaps(), host, port.orElse(options.ldaps() ? LDAPS_PORT : LDAP_PORT)))
                .toList();
    }

    /** The hosts of SRV records; among those of the same priority one is as good as another. */
    static List<String> urls(List<String> records, boolean ldaps) throws NamingException {
        List<Service> services = new ArrayList<>();
        for (String record : records) {
            services.add(Service.parse(record));
        }
        Collections.shuffle(services);
        services.sort(Comparator.comparingInt(Service::priority));
        return services.stream()
                .map(service -> url(ldaps, service.host(), service.port()))
                .toList();
    }

    private static String url(boolean ldaps, String host, int port) {
        boolean bareIpv6 = host.indexOf(':') != host.lastIndexOf(':') && !host.startsWith("[");
        return (ldaps ? "ldaps://" : "ldap://") + (bareIpv6 ? "[" + host + "]" : host) + ":" + port;
    }

    /** The DNS domain that the dc parts of a DN spell (RFC 2247): {@code dc=example,dc=net} is example.net. */
    static String domain(String dn) throws NamingException {
        List<Rdn> parts = new ArrayList<>(new LdapName(dn).getRdns());
        Collections.reverse(parts);
        String domain = parts.stream()
                .filter(part -> part.getType().equalsIgnoreCase("dc"))
                .map(part -> String.valueOf(part.getValue()))
                .collect(Collectors.joining("."));
        if (domain.isEmpty()) {
            throw new NamingException(
                    "no LDAP server is named, and \"" + dn + "\" has no domain in which to look for one");
        }
        return domain;
    }

    @SuppressWarnings("BanJNDI") // DNS has no objects
    private static List<String> serviceRecords(String name) throws NamingException {
        Hashtable<String, Object> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        DirContext dns = new InitialDirContext(environment);
        try {
            Attribute records = dns.getAttributes(name, new String[] {"SRV"}).get("SRV");
            List<String> found = new ArrayList<>();
            if (records != null) {
                NamingEnumeration<?> values = records.getAll();
                while (values.hasMore()) {
                    found.add(String.valueOf(values.next()));
                }
            }
            if (found.isEmpty()) {
                throw new NamingException("there are no DNS SRV records for " + name);
            }
            return found;
        } finally {
            dns.close();
        }
    }
}
