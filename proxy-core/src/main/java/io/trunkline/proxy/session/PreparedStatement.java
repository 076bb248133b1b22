package io.trunkline.proxy.session;

import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.StatementGroup;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A statement that the client prepared, with Parse or with PREPARE.
 *
 * <p>Compared by identity: two Parse messages make two statements, however alike.
 */
final class PreparedStatement {
    /** Special date and time constants (manual, "Date/Time Input"). */
    private static final Pattern CLOCK =
            Pattern.compile("['$]\\s*(?:now|today|tomorrow|yesterday)", Pattern.CASE_INSENSITIVE);

    final String name;
    final Plan plan;

    /** What an execution of it counts as. */
    final StatementGroup group;

    /**
     * The body of the Parse message, or the text of PREPARE, to prepare it on another node; null if it only ever runs on
     * the primary.
     */
    final byte @Nullable [] parse;

    /** Whether it was prepared with PREPARE, so that its plan is that of what EXECUTE runs. */
    final boolean bySql;

    /** Whether it was prepared where reads go, and not on the primary: its DEALLOCATE goes where its EXECUTE does. */
    final boolean preparedToRead;

    /** A DEALLOCATE of it is on its way, to where another stands in for it. */
    boolean deallocating;

    private ReusedStatements.@Nullable Key key;

    /** Whether it {@link #readsClock}; null while not looked at. */
    private @Nullable Boolean clock;

    private String keyParsedWith = "";

    PreparedStatement(String name, Plan plan, StatementGroup group, byte @Nullable [] parse) {
        this.name = name;
        this.plan = plan;
        this.group = group;
        this.parse = parse;
        this.bySql = false;
        this.preparedToRead = false;
    }

    /**
     * What makes it the same statement as one of another session.
     *
     * @param parsedWith of the session's settings, differs where its text may mean something else
     */
    ReusedStatements.Key key(byte[] body, String parsedWith) {
        if (key == null || !keyParsedWith.equals(parsedWith)) {
            key = new ReusedStatements.Key(body, parsedWith);
            keyParsedWith = parsedWith;
        }
        return key;
    }

    /** Whether its text has a constant that means another time whenever it is parsed, such as {@code 'today'}. */
    boolean readsClock() {
        if (clock == null) {
            clock = parse != null
                    && CLOCK.matcher(new String(parse, StandardCharsets.ISO_8859_1))
                            .find();
        }
        return clock;
    }

    /** Its text, for people. */
    String text() {
        return parse == null ? "(not kept)" : new String(textBytes(), StandardCharsets.UTF_8);
    }

    /** Its text, in the client's encoding; empty if it has not been kept. */
    byte[] textBytes() {
        if (parse == null || bySql) {
            return parse == null ? new byte[0] : parse;
        }
        // name, text, types of parameters
        int from = 0;
        while (parse[from++] != 0) {}
        int to = from;
        while (parse[to] != 0) {
            to++;
        }
        return Arrays.copyOfRange(parse, from, to);
    }

    private PreparedStatement(String name, Plan plan, byte[] prepare, boolean preparedToRead) {
        this.name = name;
        this.plan = plan;
        this.group = StatementGroup.OTHER;
        this.parse = prepare;
        this.bySql = true;
        this.preparedToRead = preparedToRead;
    }

    /** The statement that a PREPARE with this plan makes. */
    static PreparedStatement bySql(Plan prepare) {
        return new PreparedStatement(
                Objects.requireNonNull(prepare.name()),
                prepare.inner() == null ? Plan.WRITE : prepare.inner(),
                Objects.requireNonNull(prepare.text()).getBytes(StandardCharsets.ISO_8859_1),
                prepare.destination() == Destination.READ);
    }

    /**
     * Another of this name for a DEALLOCATE to find, or for what wants the name to be refused by; it can be prepared whatever
     * has become of what this one reads.
     */
    PreparedStatement standIn() {
        String prepare = "PREPARE \"" + name.replace("\"", "\"\"") + "\" AS SELECT 1";
        return new PreparedStatement(name, plan, prepare.getBytes(StandardCharsets.UTF_8), preparedToRead);
    }
}
