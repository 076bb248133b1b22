package io.trunkline.failover.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.CommandCall;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class CommandLinePropertyTest {
    /** A place holder in some surroundings: what an administrator writes, and what the argument is then. */
    record Piece(String before, String after) {
        String around(String placeHolder) {
            return before + placeHolder + after;
        }
    }

    @Property(tries = 300)
    void everyValueIsExactlyOneArgumentInItsPlace(
            @ForAll("values") String host, @ForAll("values") String directory, @ForAll("pieces") List<Piece> pieces)
            throws Exception {
        CommandCall.Values values = new CommandCall.Values(
                new CommandCall.Node(3, host, 5432, directory), CommandCall.Node.NONE, 0, CommandCall.Node.NONE);
        String template = "argv %d " + pieces.get(0).around("%h") + " %m "
                + pieces.get(1).around("%D") + " %H " + pieces.get(2).around("%h") + " %p";
        String line = CommandLine.expand(template, values);
        assertThat(Shell.arguments(line)).as(line).containsExactly("3", host, "-1", directory, "", host, "5432");
    }

    @Property
    void noTemplateMakesTheExpansionFailOrLoopWithOrdinaryValues(@ForAll("templates") String template)
            throws Exception {
        String line = CommandLine.expand(template, Calls.FAILED_PRIMARY);
        assertThat(line.length()).isLessThanOrEqualTo(template.length() * 5 + 8);
        if (template.indexOf('%') < 0) {
            assertThat(line).isEqualTo(template);
        }
    }

    @Provide
    Arbitrary<String> values() {
        return Arbitraries.strings()
                .withChars("ab1 '\"\\$`;&|<>(){}*?~#!%\n\té")
                .ofMaxLength(12);
    }

    @Provide
    Arbitrary<List<Piece>> pieces() {
        return Arbitraries.of(
                        new Piece("", ""),
                        new Piece("\"", "\""),
                        new Piece("'", "'"),
                        new Piece("\"\"", "''"),
                        new Piece("\"\"\"", "\""),
                        new Piece("\\", ""))
                .list()
                .ofSize(3);
    }

    @Provide
    Arbitrary<String> templates() {
        Arbitrary<String> pieces = Arbitraries.of(
                "%d",
                "%h", "%D", "%H", "%%", "%", "%z", "'", "\"", "\\", "$", "(", ")", "`", "#", "<", "{", "}", " ", "a",
                "\n", "case");
        return Combinators.combine(pieces.list().ofMaxSize(30), pieces)
                .as((list, last) -> String.join("", list) + last);
    }
}
