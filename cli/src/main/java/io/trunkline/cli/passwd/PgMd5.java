package io.trunkline.cli.passwd;

import io.trunkline.cli.program.GetOpt;
import io.trunkline.cli.program.Md5Hex;
import io.trunkline.cli.program.ProgramFailure;
import java.io.PrintStream;
import java.util.List;

/** {@code pg_md5}: hashes passwords for pcp.conf, or for pool_passwd with {@code -m}. */
final class PgMd5 extends Program {
    static final String NAME = "pg_md5";

    private static final String LETTERS = "hpmf:i:u:";
    private static final List<GetOpt.Name> NAMES = List.of(
            GetOpt.Name.plain("help", 'h'),
            GetOpt.Name.plain("prompt", 'p'),
            GetOpt.Name.plain("md5auth", 'm'),
            GetOpt.Name.withArgument("username", 'u'),
            GetOpt.Name.withArgument("config-file", 'f'),
            GetOpt.Name.withArgument("input-file", 'i'));

    PgMd5(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    String name() {
        return NAME;
    }

    @Override
    int follow(List<String> arguments) throws GetOpt.Misuse, ProgramFailure {
        GetOpt options = new GetOpt(arguments, LETTERS, NAMES);
        for (GetOpt.Option option = options.next(); option != null; option = options.next()) {
            if (!takes(option)) {
                usage(out);
                return 0;
            }
        }
        if (input != null) {
            hashPairs(input);
        } else if (prompted) {
            return hash(ask("password: "));
        } else if (options.operands().isEmpty()) {
            usage(err);
            return FAILED;
        } else {
            return hash(options.operands().get(0));
        }
        return 0;
    }

    private int hash(String password) throws ProgramFailure {
        if (password.length() > MAX_LENGTH) {
            err.print("Error: Input exceeds maximum password length!\n\n");
            usage(err);
            return FAILED;
        }
        if (forFile) {
            entries.put(userOrOwn(user), entry(userOrOwn(user), password));
            entries.write();
        } else {
            out.println(Md5Hex.of(password));
        }
        return 0;
    }

    private void hashPairs(String file) throws ProgramFailure {
        readPairs(file, new PairSink() {
            @Override
            public void pair(Pair pair) throws ProgramFailure {
                line(pair.line(), "USER: <" + pair.user() + ">");
                if (forFile) {
                    String name = userOrOwn(pair.user());
                    entries.put(name, entry(name, pair.password()));
                } else {
                    out.println(Md5Hex.of(pair.password()));
                }
            }

            @Override
            public void blank(int line) {
                line(line, "BLANK LINE");
            }

            @Override
            public void wrong(int line, String problem) {
                // with the capital and the empty line that the C program has
                line(line, problem.startsWith("invalid") ? "I" + problem.substring(1) : problem);
                if (problem.contains("username length")) {
                    out.println();
                }
            }
        });
        entries.write();
    }

    private void line(int number, String text) {
        out.println("LINE#" + (number < 10 ? "0" : "") + number + ": " + text);
    }

    private static String entry(String user, String password) {
        return "md5" + Md5Hex.of(password + user);
    }

    @Override
    void usage(PrintStream to) {
        to.print("""
                Usage:

                  pg_md5 [OPTIONS]
                  pg_md5 <PASSWORD>

                  --prompt, -p         Ask for the password on the terminal.
                  --md5auth, -m        Write the entry of pool_passwd instead of printing the hash.
                  --username, -u USER  With -m: the user; otherwise whoever runs the program.
                  --config-file, -f CONFIG-FILE  With -m: the pgpool.conf beside which pool_passwd stands.
                  --input-file, -i INPUT-FILE  Take lines of username:password from a file.
                  --help, -h           Show this help.

                User names and passwords have at most 128 bytes. A password on the command line
                can be seen by everybody on this machine: prefer -p or -i.
                """);
    }
}
