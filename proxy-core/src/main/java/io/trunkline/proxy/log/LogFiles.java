package io.trunkline.proxy.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The files of logging_collector: begins a new one when the old is old or long enough, or when it is told to. The times
 * are multiples of log_rotation_age in local time, and a file is named after the time for which it was planned, as in
 * PostgreSQL. A file that has been moved away is begun anew. One thread.
 */
final class LogFiles implements AutoCloseable {
    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration RETRY_INTERVAL = Duration.ofMinutes(1);

    private final Clock clock;
    private final Consumer<String> complaints;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private LogFileSettings settings;
    private @Nullable Path file;
    private @Nullable FileChannel out;
    private long size;
    private Instant nextRotation = Instant.MAX;
    private Instant nextLook = Instant.MIN;
    private Instant noRotationBefore = Instant.MIN;

    /** @param complaints told when a new file cannot be begun and the old one is kept */
    LogFiles(LogFileSettings settings, Clock clock, Consumer<String> complaints) {
        this.settings = settings;
        this.clock = clock;
        this.complaints = complaints;
        planRotation();
    }

    void configure(LogFileSettings fresh) {
        boolean elsewhere =
                !fresh.directory().equals(settings.directory()) || !fresh.name().equals(settings.name());
        settings = fresh;
        noRotationBefore = Instant.MIN;
        planRotation();
        if (elsewhere) {
            rotate();
        }
    }

    /** @throws IOException if the lines may not all have been written */
    void write(List<LogWriter.Line> lines) throws IOException {
        pending.reset();
        if (out == null) {
            out = open(clock.instant(), false);
        } else {
            lookAfterFile();
        }
        for (LogWriter.Line line : lines) {
            if (settings.size() > 0 && size + pending.size() >= settings.size()) {
                flush();
                beginNew(clock.instant(), false);
            }
            pending.writeBytes(line.text().getBytes(StandardCharsets.UTF_8));
        }
        flush();
    }

    /** How long until there is something to do. */
    Duration untilRotation() {
        Instant now = clock.instant();
        Instant next = nextRotation.isBefore(noRotationBefore) ? noRotationBefore : nextRotation;
        return next.equals(Instant.MAX) ? Duration.ofDays(1) : Duration.between(now, next);
    }

    void rotateIfDue() {
        if (!clock.instant().isBefore(nextRotation)) {
            beginNew(nextRotation, true);
        }
    }

    /** Begins a new file, or opens the same again if its name has no time in it. */
    void rotate() {
        noRotationBefore = Instant.MIN;
        if (out != null) {
            reopen(clock.instant(), false);
        }
    }

    private void lookAfterFile() {
        Instant now = clock.instant();
        if (!now.isBefore(nextLook) && !now.isBefore(noRotationBefore)) {
            nextLook = now.plus(LOOK_INTERVAL);
            if (file != null && !Files.exists(file)) {
                reopen(now, false);
            }
        }
    }

    private void beginNew(Instant named, boolean byTime) {
        if (clock.instant().isBefore(noRotationBefore)) {
            return;
        }
        noRotationBefore = Instant.MIN;
        if (out != null && !path(named).equals(file)) {
            reopen(named, byTime);
        }
        if (byTime && noRotationBefore.equals(Instant.MIN)) {
            planRotation();
        }
    }

    private void reopen(Instant named, boolean byTime) {
        try {
            FileChannel old = out;
            out = open(named, byTime);
            noRotationBefore = Instant.MIN;
            if (old != null) {
                old.close();
            }
        } catch (IOException e) {
            noRotationBefore = clock.instant().plus(RETRY_INTERVAL);
            complaints.accept("could not begin a new log file: " + reason(e) + "; the old one is kept");
        }
    }

    private FileChannel open(Instant named, boolean byTime) throws IOException {
        settings.directory().prepare();
        Path next = path(named);
        OpenOption how = settings.truncates() && byTime && file != null && !next.equals(file)
                ? StandardOpenOption.TRUNCATE_EXISTING
                : StandardOpenOption.APPEND;
        FileChannel opened = NewLogFile.open(next, how, settings.mode());
        try {
            size = opened.size();
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        file = next;
        return opened;
    }

    private Path path(Instant time) {
        return settings.directory().path().resolve(Strftime.format(settings.name(), time.atZone(clock.getZone())));
    }

    private void planRotation() {
        long interval = settings.age().toSeconds();
        if (interval <= 0) {
            nextRotation = Instant.MAX;
            return;
        }
        Instant now = clock.instant();
        long offset = clock.getZone().getRules().getOffset(now).getTotalSeconds();
        long local = now.getEpochSecond() + offset;
        nextRotation = Instant.ofEpochSecond(local - Math.floorMod(local, interval) + interval - offset);
    }

    private void flush() throws IOException {
        FileChannel to = out;
        if (to == null || pending.size() == 0) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(pending.toByteArray());
        pending.reset();
        try {
            while (bytes.hasRemaining()) {
                size += to.write(bytes);
            }
        } catch (IOException e) {
            // it may be another one, somewhere else, that can be written next
            close();
            throw e;
        }
    }

    /** The reason as the system has it, with the file. */
    static String reason(IOException e) {
        String name = e.getClass().getSimpleName();
        return name.equals("IOException") ? String.valueOf(e.getMessage()) : name + ": " + e.getMessage();
    }

    @Override
    public void close() throws IOException {
        FileChannel open = out;
        out = null;
        if (open != null) {
            open.close();
        }
    }
}
