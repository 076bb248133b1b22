package io.trunkline.cli.passwd;

import io.trunkline.cli.CommandFailure;
import io.trunkline.cli.program.RawText;
import io.trunkline.cli.program.SecretPrompt;
import io.trunkline.cli.program.TerminalPrompt;
import io.trunkline.proxy.passwords.NewVerifier;
import io.trunkline.proxy.passwords.PasswordProof;
import io.trunkline.proxy.passwords.PasswordServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Entries for passwords that are typed. Each is tried on the nodes: the first that takes or refuses it decides, and the
 * entry is what that node has stored. A wrong password gives no entry.
 */
final class NewPasswords {
    private final SecretPrompt prompt;
    private final InputStream in;
    private final PrintWriter err;

    NewPasswords(SecretPrompt prompt, InputStream in, PrintWriter err) {
        this.prompt = prompt;
        this.in = in;
        this.err = err;
    }

    /**
     * Asks for the passwords of users.
     *
     * @param nodes in the order in which they are tried
     * @param entries where the entries go
     * @return whether there is one for each user
     */
    boolean enter(List<String> users, List<Node> nodes, Map<String, String> entries) {
        boolean complete = true;
        for (String user : users) {
            Optional<String> entry = entry(user, password(user), nodes);
            entry.ifPresent(stored -> entries.put(user, stored));
            complete &= entry.isPresent();
        }
        return complete;
    }

    private byte[] password(String user) {
        String password;
        try {
            password = prompt.ask("Password of user \"" + user + "\": ");
            if (!prompt.ask("Again: ").equals(password)) {
                throw new CommandFailure("the two passwords of user \"" + user + "\" are not the same");
            }
        } catch (SecretPrompt.NoTerminal e) {
            password = lineOfInput(in, user);
        } catch (IOException e) {
            throw new CommandFailure("no password of user \"" + user + "\": " + e.getMessage(), e);
        }
        if (password.isEmpty() || password.indexOf('\0') >= 0) {
            throw new CommandFailure("the password of user \"" + user + "\" is empty or has a zero byte");
        }
        return RawText.bytes(password);
    }

    /** For scripts: without a terminal each user's password is a line of standard input. */
    static String lineOfInput(InputStream in, String user) {
        try {
            return TerminalPrompt.readLine(in);
        } catch (IOException e) {
            throw new CommandFailure(
                    "no password of user \"" + user + "\": standard input is no terminal and has no line for it", e);
        }
    }

    private Optional<String> entry(String user, byte[] password, List<Node> nodes) {
        for (Node node : nodes) {
            PasswordProof proof = prove(node, user, password);
            switch (proof.outcome()) {
                case ACCEPTED -> {
                    return Optional.of(proof.text());
                }
                case WRONG -> {
                    err.println("user \"" + user + "\" is not written: node " + node + " says: " + proof.text());
                    return Optional.empty();
                }
                case NOT_TOLD ->
                    err.println("node " + node + " lets user \"" + user
                            + "\" in without SCRAM or md5, and so does not tell what it has stored");
                case FAILED -> err.println("node " + node + ": " + proof.text());
            }
        }
        err.println("user \"" + user + "\" gets a verifier with a new salt: it lets clients in, but not Trunkline in to"
                + " nodes that ask for a password");
        return Optional.of(NewVerifier.of(password));
    }

    private static PasswordProof prove(Node node, String user, byte[] password) {
        try (PasswordServer server = new PasswordServer(node.host(), node.port())) {
            return server.prove(user, node.database(), password);
        }
    }
}
