package io.trunkline.proxy.auth;

import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Asks somebody outside whether a password is right: a directory, or the operating system. Never blocks the caller. */
public interface PasswordCheck {
    /**
     * What a client claims.
     *
     * @param user who it says it is
     * @param password in clear
     * @param address from where; empty for a Unix-domain socket
     * @param wanted whether the client is still there; if not, no check is begun. Asked on any thread
     */
    record Claim(String user, String password, Optional<InetAddress> address, BooleanSupplier wanted) {
        /** Without the password. */
        @Override
        public String toString() {
            return "Claim[" + user + address.map(from -> " " + from).orElse("") + "]";
        }
    }

    /**
     * What became of it.
     *
     * @param detail for the log only, never to be told to the client; empty if there is nothing to say
     */
    record Verdict(Kind kind, String detail) {
        /** The ways in which it can end. */
        public enum Kind {
            RIGHT,
            /** The password is wrong, there is no such user, or the account is not to be used. */
            WRONG,
            /** It cannot be told: nobody answers, or the configuration is not good. */
            UNAVAILABLE
        }

        static Verdict right() {
            return new Verdict(Kind.RIGHT, "");
        }

        static Verdict wrong(String detail) {
            return new Verdict(Kind.WRONG, detail);
        }

        static Verdict unavailable(String detail) {
            return new Verdict(Kind.UNAVAILABLE, detail);
        }
    }

    /** Checks; {@code result} is called once, through {@code loop}, unless nobody wants it any more. */
    void check(Claim claim, Executor loop, Consumer<Verdict> result);
}
