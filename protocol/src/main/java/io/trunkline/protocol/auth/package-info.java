/**
 * PostgreSQL's password authentication exchanges, both sides, as state machines over byte arrays.
 *
 * <p>Nothing here reads a socket, waits or logs. What costs CPU on purpose (PBKDF2) is a step of its own, {@link
 * io.trunkline.protocol.auth.ScramKeys#derive}, so that the caller can run it off an event loop and cache the outcome.
 * Secrets live in types whose {@code toString} hides them, and every comparison of secrets takes constant time.
 *
 * <p>Exchange objects belong to one connection and one thread at a time; value types are immutable.
 *
 * <p>Sources: the manual's "SASL Authentication" and "Message Formats" pages, RFC 5802 and RFC 7677 (SCRAM), RFC 4013
 * (SASLprep), RFC 5929 (tls-server-end-point).
 */
@NullMarked
package io.trunkline.protocol.auth;

import org.jspecify.annotations.NullMarked;
