package io.trunkline.config.hba;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentMapsTest {
    @TempDir
    Path directory;

    private IdentMaps.Reading read(String text) throws Exception {
        return IdentMaps.read(Files.writeString(directory.resolve("pool_ident.conf"), text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", textBlock = """
                    m root postgres            | root         | "postgres"
                    m root postgres            | Root         | -
                    m "my user" "all"          | my user      | "all"
                    m root all                 | root         | all
                    m root +staff              | root         | +"staff"
                    m root "+staff"            | root         | "+staff"
                    m root /^app_              | root         | "/^app_"
                    m /^(.*)@a\\.org$ \\1        | anna@a.org   | "anna"
                    m /^(.*)@a\\.org$ \\1        | all@a.org    | "all"
                    m /^(.*)@a\\.org$ \\1        | anna@axorg   | -
                    m /^(.)(.) x\\1y\\1          | ab           | "xay\\1"
                    m /^a all                  | anna         | all
                    m /^(a) /^\\1              | anna         | "/^\\1"
                    m \\1 \\1                    | \\1           | "\\1"
                    m root postgres # comment  | root         | "postgres"
                    m root postgres more       | root         | "postgres"
                    """)
    void aLineSaysWhichDatabaseUserASystemUserMayBe(String line, String systemUser, String expected) throws Exception {
        IdentMaps.Reading reading = read(line + "\n");
        if (line.startsWith("m /^(a) /^")) {
            // an expression on the right takes no part of the left one, and cannot be compiled with it
            assertThat(reading.diagnostics()).hasSize(1);
            return;
        }
        assertThat(reading.diagnostics()).isEmpty();
        assertThat(reading.maps().lines("m"))
                .singleElement()
                .satisfies(only -> assertThat(only.databaseUser(systemUser)
                                .map(NamePattern::toString)
                                .orElse(null))
                        .isEqualTo(expected));
        assertThat(reading.maps().lines("other")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    m root       | there are too few fields; allowed is map system-user database-user
                    m a,b c      | a field has more than one value; allowed is one, in double quotes if there is a comma in it
                    m /( anna    | "(" is no regular expression that can be used: missing closing )
                    m /a x\\1     | regular expression "a" has no group in parentheses for the \\1 in "x\\1"
                    m @none anna | file none does not exist
                    """)
    void aWrongLineIsAnErrorWithItsNumber(String line, String text) throws Exception {
        assertThat(read("# first\n" + line + "\nm a b\n").diagnostics())
                .singleElement()
                .asString()
                .isEqualTo(directory.resolve("pool_ident.conf") + ":2: error: "
                        + text.replace("none does", directory + "/none does"));
        assertThat(read(line + "\nm a b\n").maps().lines("m")).hasSize(1);
    }

    @Test
    void theLinesOfAMapAreInTheirOrder() throws Exception {
        assertThat(read("m a b\nn c d\nm a e\n").maps().lines("m"))
                .extracting(line -> line.at().line())
                .containsExactly(1, 3);
    }
}
