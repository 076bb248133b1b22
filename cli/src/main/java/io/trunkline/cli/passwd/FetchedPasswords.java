package io.trunkline.cli.passwd;

import io.trunkline.cli.CommandFailure;
import io.trunkline.cli.program.RawText;
import io.trunkline.cli.program.SecretPrompt;
import io.trunkline.proxy.passwords.PasswordServer;
import io.trunkline.proxy.passwords.PasswordServerException;
import io.trunkline.proxy.passwords.RolePassword;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Entries with what a server has stored. */
final class FetchedPasswords {
    private final ConnectionString from;
    private final SecretPrompt prompt;
    private final InputStream in;
    private final PrintWriter err;

    FetchedPasswords(ConnectionString from, SecretPrompt prompt, InputStream in, PrintWriter err) {
        this.from = from;
        this.prompt = prompt;
        this.in = in;
        this.err = err;
    }

    /**
     * Fetches all roles that can log in with a password.
     *
     * @return true, as whoever is missing was not meant
     */
    boolean fetchAll(Map<String, String> entries) {
        ask((server, password) -> server.allRoles(from.user(), from.database(), password))
                .forEach(role -> role.stored().ifPresent(stored -> entries.put(role.role(), stored)));
        return true;
    }

    /** @return whether there is an entry for each of the users; who has none is told */
    boolean fetch(List<String> users, Map<String, String> entries) {
        Set<String> unknown = new HashSet<>(users);
        List<RolePassword> roles =
                ask((server, password) -> server.roles(from.user(), from.database(), password, users));
        for (RolePassword role : roles) {
            unknown.remove(role.role());
            if (role.isUsable()) {
                role.stored().ifPresent(stored -> entries.put(role.role(), stored));
            } else {
                err.println("user \"" + role.role() + "\" is not written: it " + role.problem());
            }
        }
        users.stream()
                .filter(unknown::contains)
                .forEach(user -> err.println("user \"" + user + "\" is not written: the server does not know it"));
        return entries.size() == users.size();
    }

    private interface Question {
        List<RolePassword> ask(PasswordServer server, Supplier<byte[]> password) throws PasswordServerException;
    }

    private List<RolePassword> ask(Question question) {
        try (PasswordServer server = new PasswordServer(from.host(), from.port())) {
            return question.ask(server, this::password);
        } catch (PasswordServerException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private byte[] password() {
        return from.password()
                .map(known -> known.getBytes(StandardCharsets.UTF_8))
                .orElseGet(() -> RawText.bytes(typed()));
    }

    private String typed() {
        try {
            return prompt.ask("Password of user \"" + from.user() + "\" on " + from.host() + ":" + from.port() + ": ");
        } catch (SecretPrompt.NoTerminal e) {
            return NewPasswords.lineOfInput(in, from.user());
        } catch (IOException e) {
            throw new CommandFailure("no password of user \"" + from.user() + "\": " + e.getMessage(), e);
        }
    }
}
