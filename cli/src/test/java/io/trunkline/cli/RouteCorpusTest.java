package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures {@code trunkline route} against statements labelled by PostgreSQL's own grammar.
 *
 * <p>TRUNKLINE_CORPUS names the labelled file, or the directory that has it as sql-routing-truth.tsv. Columns used:
 * statement as a JSON string, valid, n_stmts, (4) kind, read_only, (9) tables, functions.
 */
@EnabledIfEnvironmentVariable(named = RouteCorpusTest.VARIABLE, matches = ".+")
class RouteCorpusTest {
    static final String VARIABLE = "TRUNKLINE_CORPUS";
    private static final double SET_TARGET = 0.999;

    private static List<Row> rows = List.of();

    /** The labels of a row, and the columns that were printed for it. */
    private record Row(String[] truth, String[] printed) {
        String sql() {
            return truth[0];
        }

        boolean isReadOnly() {
            return truth[5].equals("1");
        }

        String target() {
            return printed[4];
        }

        boolean mayReachAStandby() {
            return target().equals("standby") || target().equals("any");
        }

        boolean isCopyOut() {
            return printed[5].equals("copy_out");
        }
    }

    @BeforeAll
    static void run(@TempDir Path directory) throws IOException {
        Path corpus = Path.of(Optional.ofNullable(System.getenv(VARIABLE)).orElse(""));
        if (Files.isDirectory(corpus)) {
            corpus = corpus.resolve("sql-routing-truth.tsv");
        }
        assumeTrue(Files.isReadable(corpus), VARIABLE + " names no readable file");
        List<String[]> valid = Files.readAllLines(corpus).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t", -1))
                .filter(fields -> fields[1].equals("1"))
                .toList();
        Path input = directory.resolve("corpus.jsonl");
        Files.write(input, valid.stream().map(fields -> fields[0]).toList());
        StringWriter out = new StringWriter();
        int status = Main.commandLine()
                .setOut(new PrintWriter(out))
                .execute("route", "--jsonl", "--format", "tsv", input.toString());
        assertThat(status).isZero();
        List<String> lines = out.toString().lines().skip(1).toList();
        assertThat(lines).hasSameSizeAs(valid).isNotEmpty();
        List<Row> read = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            read.add(new Row(valid.get(i), lines.get(i).split("\t", -1)));
        }
        rows = read;
    }

    private static List<String> where(Predicate<Row> wrong) {
        return rows.stream().filter(wrong).map(Row::sql).toList();
    }

    @Test
    void nothingThatIsNotReadOnlyMayReachAStandbyButCopyOut() {
        assertThat(where(r -> !r.isReadOnly() && r.mayReachAStandby() && !r.isCopyOut()))
                .isEmpty();
        assertThat(where(r -> r.isCopyOut() && !r.sql().toUpperCase(Locale.ROOT).contains("COPY")))
                .isEmpty();
    }

    @Test
    void readOnlyIsWhatTheGrammarSays() {
        assertThat(where(r -> !r.printed[3].equals(r.truth[5]))).isEmpty();
    }

    @Test
    void everyTextIsSplitIntoItsStatementsOfTheirKinds() {
        assertThat(where(r -> !r.printed[1].equals(r.truth[2]))).isEmpty();
        assertThat(where(r -> !r.printed[2].equals(r.truth[4]))).isEmpty();
    }

    @Test
    void whatIsNotReadOnlyIsForThePrimaryOrAllNodesOfTheSession() {
        assertThat(where(r -> !r.isReadOnly()
                        && !r.isCopyOut()
                        && !r.target().equals("primary")
                        && !r.target().equals("all")))
                .isEmpty();
        assertThat(where(r -> r.isReadOnly() && r.target().equals("all") && !r.truth[10].contains("set_config")))
                .isEmpty();
    }

    @Test
    void tablesAndFunctionsAreSpeltAsTheGrammarHasThem() {
        List<String> tables = where(r -> !r.printed[6].equals(r.truth[9]));
        assertThat(share(tables)).as("wrong: %s", tables).isGreaterThanOrEqualTo(SET_TARGET);
        List<String> functions = where(r -> !r.printed[7].equals(r.truth[10]));
        assertThat(share(functions)).as("wrong: %s", functions).isGreaterThanOrEqualTo(SET_TARGET);
    }

    private static double share(List<String> wrong) {
        return 1 - (double) wrong.size() / rows.size();
    }
}
