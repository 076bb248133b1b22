package io.trunkline.cli.passwd;

import io.trunkline.cli.program.GetOpt;
import io.trunkline.cli.program.ProgramFailure;
import io.trunkline.cli.program.RawText;
import io.trunkline.config.Diagnostic;
import io.trunkline.config.PasswordKey;
import io.trunkline.config.PasswordKeyFile;
import java.io.PrintStream;
import java.util.List;

/** {@code pg_enc}: encrypts passwords for pool_passwd and pgpool.conf. */
final class PgEnc extends Program {
    static final String NAME = "pg_enc";

    private static final String LETTERS = "hPpmf:i:u:k:K:";
    private static final List<GetOpt.Name> NAMES = List.of(
            GetOpt.Name.plain("help", 'h'),
            GetOpt.Name.plain("prompt", 'p'),
            GetOpt.Name.plain("prompt-for-key", 'P'),
            GetOpt.Name.plain("update-pass", 'm'),
            GetOpt.Name.withArgument("username", 'u'),
            GetOpt.Name.withArgument("enc-key", 'K'),
            GetOpt.Name.withArgument("key-file", 'k'),
            GetOpt.Name.withArgument("config-file", 'f'),
            GetOpt.Name.withArgument("input-file", 'i'));

    /** Where Pgpool-II cuts a key that is given with {@code -K}; in a file it cuts one byte earlier. */
    private static final int MAX_KEY = 256;

    private boolean promptedForKey;
    private String key = "";
    private String keyFile = "";

    PgEnc(Surroundings surroundings) {
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
            switch (option.letter()) {
                case 'P' -> promptedForKey = true;
                case 'k' -> keyFile = option.argument();
                case 'K' -> key = option.argument();
                default -> {
                    if (!takes(option)) {
                        usage(out);
                        return 0;
                    }
                }
            }
        }
        if (input != null) {
            encryptPairs(input, key());
            return 0;
        }
        String password = prompted || options.operands().isEmpty()
                ? ask("db password: ")
                : options.operands().get(0);
        if (password.length() > MAX_LENGTH) {
            err.print("Error: Input exceeds maximum password length given:" + password.length() + " max allowed:"
                    + MAX_LENGTH + "!\n\n");
            usage(err);
            return FAILED;
        }
        PasswordKey with = key();
        if (forFile) {
            entries.put(userOrOwn(user), entry(password, with));
            entries.write();
        } else {
            print(password, with);
        }
        return 0;
    }

    private PasswordKey key() throws ProgramFailure {
        if (promptedForKey) {
            String typed = ask("encryption key: ");
            if (typed.isEmpty()) {
                throw new ProgramFailure("encryption key not provided\n");
            }
            return PasswordKey.of(RawText.bytes(cut(typed)));
        }
        if (!key.isEmpty()) {
            return PasswordKey.of(RawText.bytes(cut(key)));
        }
        PasswordKeyFile file =
                keyFile.isEmpty() ? PasswordKeyFile.ofAccount() : PasswordKeyFile.of(RawText.path(keyFile));
        out.println("trying to read key from file "
                + (file.path().isEmpty() ? "" : RawText.of(file.path().get().toString())));
        PasswordKeyFile.Reading reading = file.read();
        for (Diagnostic warning : reading.warnings()) {
            err.println("WARNING: " + warning.messageForLog());
        }
        if (reading.key().isEmpty()) {
            throw new ProgramFailure("encryption key not provided: " + reading.problem() + "\n");
        }
        return reading.key().get();
    }

    private static String cut(String key) {
        return key.length() > MAX_KEY ? key.substring(0, MAX_KEY) : key;
    }

    private void encryptPairs(String file, PasswordKey with) throws ProgramFailure {
        readPairs(file, new PairSink() {
            @Override
            public void pair(Pair pair) throws ProgramFailure {
                if (forFile) {
                    entries.put(userOrOwn(pair.user()), entry(pair.password(), with));
                } else {
                    print(pair.password(), with);
                }
            }

            @Override
            public void blank(int line) {}

            @Override
            public void wrong(int line, String problem) {
                err.println("LINE#" + (line < 10 ? "0" : "") + line + ": " + problem);
            }
        });
        entries.write();
    }

    private static String entry(String password, PasswordKey key) {
        return "AES" + key.encrypt(RawText.bytes(password));
    }

    private void print(String password, PasswordKey key) {
        String encrypted = key.encrypt(RawText.bytes(password));
        out.print("\n" + encrypted + "\npool_passwd string: AES" + encrypted + "\n");
    }

    @Override
    void usage(PrintStream to) {
        to.print("""
                Encrypts passwords for pool_passwd and pgpool.conf.

                Usage:
                  pg_enc [OPTIONS] <PASSWORD>
                  -k, --key-file=KEY_FILE
                                       The file with the key, instead of the one that PGPOOLKEYFILE
                                       in the environment names, or else HOME/.pgpoolkey
                  -K, --enc-key=ENCRYPTION_KEY
                                       The key itself.
                  -f, --config-file=CONFIG_FILE
                                       With -m: the pgpool.conf beside which pool_passwd stands.
                  -i, --input-file=INPUT-FILE
                                       Take lines of username:password from a file.
                  -p, --prompt         Ask for the password on the terminal.
                  -P, --prompt-for-key Ask for the key on the terminal.
                  -m, --update-pass    Write the entry of pool_passwd instead of printing it.
                  -u, --username       With -m: the user; otherwise whoever runs the program.
                  -h, --help           Show this help.

                User names and passwords have at most 128 bytes. A password or key on the command
                line can be seen by everybody on this machine: prefer -p and a key file.
                """.replace("HOME", System.getProperty("user.home", "")));
    }
}
