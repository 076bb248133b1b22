package io.trunkline.proxy.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names of the operating system's users, from wherever it has them (files, LDAP, sssd): {@code getent} is asked, which
 * never takes a number for a name. Where that is not installed, /etc/passwd is read. Answers hold for {@value #AGE_SECONDS}
 * s, at most {@value #LIMIT} are kept. Can be used from any thread.
 */
public final class SystemUsers {
    private static final Logger log = LoggerFactory.getLogger(SystemUsers.class);

    static final int AGE_SECONDS = 60;
    static final int LIMIT = 1_000;
    private static final int PATIENCE_SECONDS = 10;

    private static final Path GETENT = Path.of("/usr/bin/getent");
    private static final Path PASSWD = Path.of("/etc/passwd");

    /** Where names come from; blocks. */
    interface Source {
        Optional<String> nameOf(long uid) throws IOException, InterruptedException;
    }

    private record Known(CompletableFuture<Optional<String>> name, long sinceNanos) {}

    private final Source source;
    private final LongSupplier clock;
    private final Executor blocking;
    private final Map<Long, Known> known = new ConcurrentHashMap<>();

    public SystemUsers(Executor blocking) {
        this(Files.isExecutable(GETENT) ? SystemUsers::askGetent : SystemUsers::readPasswd, System::nanoTime, blocking);
    }

    SystemUsers(Source source, LongSupplier clock, Executor blocking) {
        this.source = source;
        this.clock = clock;
        this.blocking = blocking;
    }

    /**
     * Looks a user up; {@code found} is called once, at once or from another thread. It gets nothing if there is no such
     * user, or if that cannot be found out, which is logged.
     *
     * @throws java.util.concurrent.RejectedExecutionException if too much blocking work is waiting
     */
    public void nameOf(long uid, Consumer<Optional<String>> found) {
        if (known.size() >= LIMIT) {
            known.clear();
        }
        Known current = known.compute(uid, (id, last) -> {
            long now = clock.getAsLong();
            boolean young = last != null && now - last.sinceNanos() < TimeUnit.SECONDS.toNanos(AGE_SECONDS);
            return young ? last : new Known(CompletableFuture.supplyAsync(() -> lookUp(id), blocking), now);
        });
        current.name().thenAccept(found);
    }

    private Optional<String> lookUp(long uid) {
        try {
            return source.nameOf(uid);
        } catch (IOException e) {
            log.warn("the name of user id {} cannot be found out: {}", uid, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    private static Optional<String> askGetent(long uid) throws IOException, InterruptedException {
        Process getent = new ProcessBuilder(GETENT.toString(), "passwd", Long.toString(uid))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        getent.getOutputStream().close();
        // a line fits into the pipe, so that it ends before it is read
        if (!getent.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            getent.destroyForcibly();
            throw new IOException("getent passwd does not answer within " + PATIENCE_SECONDS + " s");
        }
        String lines = new String(getent.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return nameIn(lines.lines(), uid);
    }

    private static Optional<String> readPasswd(long uid) throws IOException {
        try (Stream<String> lines = Files.lines(PASSWD)) {
            return nameIn(lines, uid);
        }
    }

    /** @param lines {@code name:password:uid:...} */
    static Optional<String> nameIn(Stream<String> lines, long uid) {
        return lines.map(line -> List.of(line.split(":", -1)))
                .filter(fields -> fields.size() > 2 && fields.get(2).equals(Long.toString(uid)))
                .map(fields -> fields.get(0))
                .filter(name -> !name.isEmpty())
                .findFirst();
    }
}
