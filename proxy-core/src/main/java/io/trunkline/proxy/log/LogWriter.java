package io.trunkline.proxy.log;

import io.trunkline.config.MessageLevel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes the log on a thread of its own, so that a slow disk or a full pipe holds up nobody. What waits is bounded: beyond
 * that messages are lost, and the log says how many. A place that cannot be written is told of on standard error, once
 * until it works again; lines for a file go to standard error meanwhile.
 */
final class LogWriter implements AutoCloseable {
    /** What waits at most, in lines and in characters. */
    static final int MAX_LINES = 20_000;

    static final long MAX_CHARACTERS = 16L << 20;

    private static final int BATCH = 1_000;
    private static final Duration END_LIMIT = Duration.ofSeconds(3);

    private sealed interface Work permits Line, Task {}

    /**
     * A message as it is written.
     *
     * @param text with the end of its last line
     * @param plain the same in the form of syslog
     */
    record Line(MessageLevel level, Instant time, String text, String plain) implements Work {}

    private record Task(Runnable action) implements Work {}

    /** How the writer makes lines of its own. */
    interface Own {
        Line line(MessageLevel level, String message);
    }

    private final StandardError standardError;
    private final Own own;
    private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();
    private final AtomicLong lines = new AtomicLong();
    private final AtomicLong characters = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final LogFiles files;
    private final Syslog syslog;
    private final Thread thread;
    private volatile boolean ended;

    // the writer's thread
    private LogSettings settings;
    private boolean fileFails;
    private boolean syslogFails;

    LogWriter(LogSettings settings, StandardError standardError, Own own, Clock clock, Path syslogSocket) {
        this.settings = settings;
        this.standardError = standardError;
        this.own = own;
        this.files = new LogFiles(settings.files(), clock, this::complain);
        this.syslog = new Syslog(syslogSocket, ProcessHandle.current().pid(), clock.getZone());
        syslog.configure(settings.syslogFacility(), settings.syslogIdent());
        this.thread = new Thread(this::run, "log");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Any thread. @return false if this writer has ended */
    boolean take(Line line) {
        if (ended) {
            return false;
        }
        long length = line.text().length();
        if (lines.get() >= MAX_LINES || characters.get() + length > MAX_CHARACTERS && lines.get() > 0) {
            lost.incrementAndGet();
            return true;
        }
        lines.incrementAndGet();
        characters.addAndGet(length);
        queue.add(line);
        return true;
    }

    /** New settings hold for the messages that come after. Any thread. */
    void configure(LogSettings fresh) {
        queue.add(new Task(() -> {
            settings = fresh;
            files.configure(fresh.files());
            syslog.configure(fresh.syslogFacility(), fresh.syslogIdent());
        }));
    }

    /** Any thread. */
    void rotate() {
        queue.add(new Task(files::rotate));
    }

    /** Runs {@code then} once all that was taken before has been written. Any thread. */
    void whenWritten(Runnable then) {
        queue.add(new Task(then));
    }

    private void run() {
        try {
            writeUntilTheEnd();
        } finally {
            // whatever has happened: what nobody would write any more has to go to standard error
            ended = true;
            closeAll();
        }
    }

    private void writeUntilTheEnd() {
        List<Line> batch = new ArrayList<>();
        while (!ended || !queue.isEmpty()) {
            Work next = await();
            while (next != null) {
                if (next instanceof Line line) {
                    batch.add(line);
                    lines.decrementAndGet();
                    characters.addAndGet(-line.text().length());
                } else if (next instanceof Task task) {
                    write(batch);
                    task.action.run();
                }
                next = batch.size() < BATCH ? queue.poll() : null;
            }
            long missing = lost.getAndSet(0);
            if (missing > 0) {
                batch.add(own.line(
                        MessageLevel.WARNING,
                        missing + " messages are lost: they came faster than the log could be written"));
            }
            write(batch);
        }
    }

    private @Nullable Work await() {
        try {
            if (!settings.toFiles()) {
                return queue.take();
            }
            Work next = queue.poll(Math.max(1, files.untilRotation().toMillis()), TimeUnit.MILLISECONDS);
            files.rotateIfDue();
            return next;
        } catch (InterruptedException e) {
            ended = true;
            return null;
        }
    }

    private void write(List<Line> batch) {
        if (batch.isEmpty()) {
            return;
        }
        if (settings.toFiles()) {
            writeToFile(batch);
        } else if (settings.toStandardError()) {
            standardError.write(joined(batch));
        }
        if (settings.toSyslog()) {
            writeToSyslog(batch);
        }
        if (!settings.toStandardError()) {
            // who starts a server that cannot start looks there
            batch.stream()
                    .filter(line -> line.level().compareTo(MessageLevel.FATAL) >= 0)
                    .forEach(line -> standardError.write(line.text()));
        }
        batch.clear();
    }

    private static String joined(List<Line> batch) {
        if (batch.size() == 1) {
            return batch.get(0).text();
        }
        StringBuilder text = new StringBuilder();
        batch.forEach(line -> text.append(line.text()));
        return text.toString();
    }

    private void writeToFile(List<Line> batch) {
        try {
            files.write(batch);
            fileFails = false;
        } catch (IOException e) {
            if (!fileFails) {
                fileFails = true;
                complain("could not write to the log file: " + LogFiles.reason(e)
                        + "; messages go to standard error until it works again");
            }
            standardError.write(joined(batch));
        }
    }

    private void writeToSyslog(List<Line> batch) {
        try {
            for (Line line : batch) {
                if (!syslog.send(line)) {
                    lost.incrementAndGet();
                }
            }
            syslogFails = false;
        } catch (IOException e) {
            if (!syslogFails) {
                syslogFails = true;
                complain("could not write to syslog: " + LogFiles.reason(e));
            }
        }
    }

    private void complain(String what) {
        standardError.write(own.line(MessageLevel.ERROR, what).text());
    }

    private void closeAll() {
        try {
            files.close();
            syslog.close();
        } catch (IOException e) {
            complain("could not close the log: " + LogFiles.reason(e));
        }
    }

    /** Returns when what was taken has been written, or cannot be for too long. */
    @Override
    public void close() {
        queue.add(new Task(() -> ended = true));
        try {
            thread.join(END_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended = true;
    }
}
