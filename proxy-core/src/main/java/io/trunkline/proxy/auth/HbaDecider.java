package io.trunkline.proxy.auth;

import io.trunkline.config.SourceLocation;
import io.trunkline.config.hba.HbaAddress;
import io.trunkline.config.hba.HbaMethod;
import io.trunkline.config.hba.HbaRule;
import io.trunkline.config.hba.IdentLine;
import io.trunkline.config.hba.NamePattern;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the rule of pool_hba.conf for a connection: the first that is for its type, address, database and user; the others
 * are not tried if its method fails. PostgreSQL's manual, section 21.1. Safe for any thread.
 *
 * <p>A rule with a role whose members are not known is for nobody, but one that rejects is for everybody it may be for.
 * This is logged once for a role until the next reload.
 */
public final class HbaDecider {
    private static final Logger log = LoggerFactory.getLogger(HbaDecider.class);

    private final RoleMembership roles;
    private final HostNames hostNames;
    private final LocalNetworks networks;
    private final Set<String> unknownRoles = ConcurrentHashMap.newKeySet();
    private volatile AccessRules access;

    public HbaDecider(AccessRules access, RoleMembership roles, HostNames hostNames, LocalNetworks networks) {
        this.access = access;
        this.roles = roles;
        this.hostNames = hostNames;
        this.networks = networks;
    }

    /** Puts new rules in the place of the old ones, for the questions that come. */
    public void reload(AccessRules fresh) {
        access = fresh;
        unknownRoles.clear();
    }

    /**
     * Finds the rule for a connection.
     *
     * @param caller runs {@code decided}, unless it can be called at once, before this method returns: it can if no rule
     *     up to the one that is found needs to know the client's host name, the user's roles or this machine's networks
     * @param decided called once
     */
    public void decide(HbaQuestion question, Executor caller, Consumer<HbaDecision> decided) {
        new Search(access, question, caller, decided).proceed();
    }

    /**
     * Whether a client that has proved a name outside of the database may be a database user by a rule: by the map that
     * the rule names, else if the names are equal.
     *
     * @param matched the rule
     * @param systemUser what the operating system or the certificate calls the client
     * @param databaseUser as whom it wants to connect
     */
    public boolean mayBe(HbaDecision.Matched matched, String systemUser, String databaseUser) {
        Optional<String> map = matched.rule().options().map();
        if (map.isEmpty()) {
            return systemUser.equals(databaseUser);
        }
        for (IdentLine line : access.identMaps().lines(map.get())) {
            Optional<NamePattern> user = line.databaseUser(systemUser);
            if (user.isPresent()) {
                List<NamePattern> users = List.of(user.get());
                NameFit fit = NameFit.of(users, databaseUser, databaseUser, matched.roles());
                if (fit == NameFit.YES) {
                    return true;
                }
                if (fit == NameFit.UNKNOWN) {
                    report(users, databaseUser, databaseUser, line.at());
                }
            }
        }
        return false;
    }

    /** Logs which patterns could not be told as the user's roles are not known. */
    private void report(List<NamePattern> patterns, String name, String user, SourceLocation at) {
        for (NamePattern pattern : patterns) {
            if (NameFit.of(List.of(pattern), name, user, Optional.empty()) == NameFit.UNKNOWN
                    && unknownRoles.add(pattern.toString())) {
                log.warn(
                        "{}: the members of {} are not known; a rule that rejects them is for everybody, any other for"
                                + " nobody",
                        at,
                        pattern);
            }
        }
    }

    /** One question on its way through the rules. Goes on where it is, or on the caller's executor after a look-up. */
    private final class Search {
        private final AccessRules access;
        private final List<HbaRule> rules;
        private final HbaQuestion question;
        private final Executor caller;
        private final Consumer<HbaDecision> decided;
        private int next;
        private @Nullable Optional<String> hostName;
        private LocalNetworks.@Nullable Snapshot ownNetworks;
        private Optional<Set<String>> ownRoles = Optional.empty();
        private boolean rolesAsked;

        Search(AccessRules access, HbaQuestion question, Executor caller, Consumer<HbaDecision> decided) {
            this.access = access;
            this.rules = access.hba().rules();
            this.question = question;
            this.caller = caller;
            this.decided = decided;
        }

        void proceed() {
            for (; next < rules.size(); next++) {
                HbaRule rule = rules.get(next);
                NameFit names = isForConnection(rule) ? namesFit(rule) : NameFit.NO;
                if (names == NameFit.UNKNOWN) {
                    if (isWaitingForRoles()) {
                        return;
                    }
                    names = withRoles(rule);
                }
                if (names == NameFit.YES) {
                    HbaAddress from = rule.address().orElse(null);
                    if (from != null && isWaiting(from)) {
                        return;
                    }
                    if (from == null || isFrom(from)) {
                        if (!needsRoles(rule) || !isWaitingForRoles()) {
                            decided.accept(decision(rule));
                        }
                        return;
                    }
                }
            }
            decided.accept(new HbaDecision.NoMatch("no pool_hba.conf entry for " + question, logDetail()));
        }

        private HbaDecision decision(HbaRule rule) {
            return rule.method() == HbaMethod.REJECT
                    ? new HbaDecision.Rejected(rule, "pool_hba.conf rejects connection for " + question)
                    : new HbaDecision.Matched(rule, ownRoles);
        }

        /** Whether the map of a rule asks for members of roles. */
        private boolean needsRoles(HbaRule rule) {
            return rule.options()
                    .map()
                    .filter(map -> access.identMaps().lines(map).stream().anyMatch(IdentLine::asksForRole))
                    .isPresent();
        }

        /** Whether the user's roles have to be looked up; the search goes on when that is done. */
        private boolean isWaitingForRoles() {
            if (rolesAsked) {
                return false;
            }
            rolesAsked = true;
            return isWaiting(roles.find(question.user()), found -> ownRoles = found);
        }

        /** All that can be told without a look-up, and without the names. */
        private boolean isForConnection(HbaRule rule) {
            byte[] client = question.addressBytes();
            if (!rule.type().isFor(client == null, question.isTls())) {
                return false;
            }
            return client == null
                    || !(rule.address().orElse(null) instanceof HbaAddress.Network network)
                    || network.contains(client);
        }

        /** {@link NameFit#UNKNOWN} if it hangs on roles that are not known. */
        private NameFit namesFit(HbaRule rule) {
            NameFit database = NameFit.of(rule.databases(), question.database(), question.user(), ownRoles);
            if (database == NameFit.NO) {
                return NameFit.NO;
            }
            NameFit user = NameFit.of(rule.users(), question.user(), question.user(), ownRoles);
            return user == NameFit.YES ? database : user;
        }

        /** The same after the roles were asked for: what cannot be known is decided against the client. */
        private NameFit withRoles(HbaRule rule) {
            NameFit names = namesFit(rule);
            if (names != NameFit.UNKNOWN) {
                return names;
            }
            report(rule.databases(), question.database(), question.user(), rule.at());
            report(rule.users(), question.user(), question.user(), rule.at());
            return rule.method() == HbaMethod.REJECT ? NameFit.YES : NameFit.NO;
        }

        /** Whether something has to be looked up for the address of a rule; the search goes on when it is known. */
        private boolean isWaiting(HbaAddress from) {
            if (from instanceof HbaAddress.HostName && hostName == null) {
                InetAddress address = question.address().orElseThrow();
                return isWaiting(hostNames.find(address), name -> hostName = name);
            }
            if ((from == HbaAddress.Keyword.SAMEHOST || from == HbaAddress.Keyword.SAMENET) && ownNetworks == null) {
                return isWaiting(networks.current(), snapshot -> ownNetworks = snapshot);
            }
            return false;
        }

        private <T> boolean isWaiting(CompletableFuture<T> lookUp, Consumer<T> found) {
            if (lookUp.isDone()) {
                found.accept(lookUp.join());
                return false;
            }
            lookUp.thenRun(() -> caller.execute(() -> {
                found.accept(lookUp.join());
                proceed();
            }));
            return true;
        }

        private boolean isFrom(HbaAddress from) {
            byte[] client = question.addressBytes();
            if (from instanceof HbaAddress.HostName name) {
                return hostName != null && hostName.filter(name::isNameOf).isPresent();
            }
            LocalNetworks.Snapshot own = ownNetworks;
            if (client != null && own != null && from == HbaAddress.Keyword.SAMEHOST) {
                return own.hasAddress(client);
            }
            if (client != null && own != null && from == HbaAddress.Keyword.SAMENET) {
                return own.hasNetworkOf(client);
            }
            // networks have been compared before the names
            return from == HbaAddress.Keyword.ALL || from instanceof HbaAddress.Network;
        }

        private String logDetail() {
            Optional<String> name = hostName;
            if (name == null) {
                return "";
            }
            return name.map(found -> "the client's host name is \"" + found + "\"")
                    .orElse("the client's address has no host name that resolves to it");
        }
    }
}
