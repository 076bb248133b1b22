package io.trunkline.failover.command;

import static io.trunkline.failover.command.Calls.FAILED_PRIMARY;
import static io.trunkline.failover.command.Calls.FIRST;
import static io.trunkline.failover.command.Calls.detached;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failover.CommandCall;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private static final String EVERYTHING = "/x.sh %d %h %p %D %m %H %M %P %r %R %N %S";
    private static final CommandCall.Values NOBODY_LEFT =
            new CommandCall.Values(FIRST, CommandCall.Node.NONE, 0, CommandCall.Node.NONE);

    @Test
    void ordinaryValuesAreWrittenAsPgpoolWritesThem() throws Exception {
        assertThat(CommandLine.expand(EVERYTHING, FAILED_PRIMARY))
                .isEqualTo("/x.sh 0 db0 5432 /srv/pg0 1 db1 0 0 5433 /srv/pg1 db0 5432");
    }

    @Test
    void aMissingNodeIsMinusOneAndItsHostPortAndDirectoryAreEmptyArguments() throws Exception {
        assertThat(CommandLine.expand(EVERYTHING, NOBODY_LEFT))
                .isEqualTo("/x.sh 0 db0 5432 /srv/pg0 -1 \"\" 0 -1 \"\" \"\" \"\" \"\"");
    }

    @Test
    void anEmptyValueDoesNotShiftTheArgumentsBehindIt() throws Exception {
        String line = CommandLine.expand("argv %d %h %D %m %H", detached("db0", ""));
        assertThat(Shell.arguments(line)).containsExactly("0", "db0", "", "1", "db1");
    }

    @ParameterizedTest
    @CsvSource({
        "a%%b,a%b",
        "a%%%%,a%%",
        "%%d,%d",
        "%d%h,0db0",
        "x%d-%m,x0-1",
        "a%qb,ab",
        "%é%d,0",
        "a%😀b,ab",
        "50%,50%",
        "%,%",
        "%%%,%%",
        "'% d','d'"
    })
    void percentSignsAreReadAsThoseOfPgpool(String template, String expanded) throws Exception {
        assertThat(CommandLine.expand(template, FAILED_PRIMARY)).isEqualTo(expanded);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "argv %D",
                "argv \"%D\"",
                "argv '%D'",
                "argv \"\"%D",
                "argv \"$(argv '%D' >/dev/null; printf %%s %D)\"",
                "argv \"$(printf %%s \"%D\")\"",
                "argv $((1+1)) >/dev/null; argv %D",
                "argv ${HOME} >/dev/null; argv %D",
                "argv `date` > /dev/null; argv %D",
                "argv \\%D",
                "true # don't\nargv %D",
                "echo it\\'s >/dev/null; argv %D",
                "echo \"it's\" >/dev/null; argv %D",
                "x=%D; argv \"$x\"",
                "case 1 in 1) argv \"%D\";; esac"
            })
    void aValueArrivesAsItIsWhateverIsAroundItsPlace(String template) throws Exception {
        for (String value : List.of(
                "/srv/my data",
                "/srv/a'b",
                "/srv/a\"b",
                "/srv/$HOME",
                "/srv/`id`",
                "/srv/a\\",
                "; touch /nowhere/x #",
                "$(exit 3)",
                "*",
                "~",
                "a\nb")) {
            String line = CommandLine.expand(template, detached("db0", value));
            assertThat(Shell.arguments("/bin/sh", line)).as(line).containsExactly(value);
            assertThat(Shell.arguments("/bin/bash", line)).as(line).containsExactly(value);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "argv `echo %D`",
                "argv \"`echo %D`\"",
                "cat <<E\n%D\nE",
                "argv ${X:-%D}",
                "argv $%D",
                "argv $'%D'",
                "argv $(case 1 in 1) echo %D;; esac)",
                "true # %D"
            })
    void whereTheQuotingCanNotBeToldOnlyOrdinaryValuesArePut(String template) throws Exception {
        assertThat(CommandLine.expand(template, detached("db0", "/srv/pg0")))
                .isEqualTo(template.replace("%D", "/srv/pg0"));
        assertThatThrownBy(() -> CommandLine.expand(template, detached("db0", "/srv/my data")))
                .isInstanceOf(UnsafeCommandException.class)
                .hasMessageContaining("%D")
                .hasMessageContaining("\"/srv/my data\"");
    }

    @Test
    void quotesThatACommandWritesItselfGoOnWorking() throws Exception {
        String line = CommandLine.expand("argv \"%h\" '%D' --to=\"%H:%r\" 'x%mx'", NOBODY_LEFT);
        assertThat(Shell.arguments(line)).containsExactly("db0", "/srv/pg0", "--to=:", "x-1x");
        assertThat(CommandLine.expand("/x.sh \"%h\" '%D'", FAILED_PRIMARY)).isEqualTo("/x.sh \"db0\" '/srv/pg0'");
    }

    @Test
    void aZeroByteIsNeverPut() {
        assertThatThrownBy(() -> CommandLine.expand("argv %D", detached("db0", "a\0b")))
                .isInstanceOf(UnsafeCommandException.class)
                .hasMessageContaining("\"a?b\"");
    }
}
