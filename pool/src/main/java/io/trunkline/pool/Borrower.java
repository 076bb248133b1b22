package io.trunkline.pool;

import java.util.function.Supplier;

/**
 * Who asks for a backend: what it must be like, and how one is opened for it. One object serves a session all its life.
 *
 * @param applicationName what a backend that is opened is told
 * @param logins makes the login of one backend
 * @param admissionIfChallenged what a backend that is opened counts as if the server asks for proof, and so which cached
 *     ones may be lent: with {@link Admission#VERIFIED} any, with {@link Admission#TRUST} those that a server admitted
 *     by trust, with {@link Admission#RELAYED} and {@link Admission#PROVING} none
 * @param takesUsed whether it knows how to change what others have left on a backend ({@link BackendMemory}); if not, it
 *     gets none that has not been reset
 */
public record Borrower(
        StartupKey startup,
        String applicationName,
        Supplier<BackendLogin> logins,
        Admission admissionIfChallenged,
        boolean takesUsed) {}
