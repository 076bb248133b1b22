package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Measures the analysis against statements labelled by PostgreSQL's own grammar.
 *
 * <p>TRUNKLINE_CORPUS names the labelled file, or the directory that has it as sql-routing-truth.tsv. Columns used:
 * statement as a JSON string, valid, n_stmts, (4) kind, read_only, locking, into, dml_cte, tables, functions.
 */
@EnabledIfEnvironmentVariable(named = CorpusTest.VARIABLE, matches = ".+")
class CorpusTest {
    static final String VARIABLE = "TRUNKLINE_CORPUS";
    private static final double SET_TARGET = 0.999;

    private static List<Row> rows = List.of();

    private record Row(
            String sql,
            int statements,
            String kinds,
            boolean readOnly,
            boolean locking,
            boolean into,
            boolean modifyingCte,
            Set<String> tables,
            Set<String> functions,
            Analysis analysis) {

        Stream<Statement> parts() {
            return analysis.statements().stream();
        }

        Set<String> names(java.util.function.Function<Statement, List<QualifiedName>> of) {
            return parts().flatMap(s -> of.apply(s).stream())
                    .map(QualifiedName::toString)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @BeforeAll
    static void read() throws IOException {
        Path corpus = Path.of(Optional.ofNullable(System.getenv(VARIABLE)).orElse(""));
        if (Files.isDirectory(corpus)) {
            corpus = corpus.resolve("sql-routing-truth.tsv");
        }
        assumeTrue(Files.isReadable(corpus), VARIABLE + " names no readable file");
        StatementAnalyzer analyzer = new StatementAnalyzer();
        List<Row> read = new ArrayList<>();
        for (String line : Files.readAllLines(corpus)) {
            String[] f = line.split("\t", -1);
            if (!line.startsWith("#") && f[1].equals("1")) {
                String sql = JsonStrings.read(f[0]);
                read.add(new Row(
                        sql,
                        Integer.parseInt(f[2]),
                        f[4],
                        f[5].equals("1"),
                        f[6].equals("1"),
                        f[7].equals("1"),
                        f[8].equals("1"),
                        JsonStrings.readList(f[9]),
                        JsonStrings.readList(f[10]),
                        analyzer.analyze(sql)));
            }
        }
        rows = read;
        assertThat(rows).isNotEmpty();
    }

    private static List<String> where(java.util.function.Predicate<Row> wrong) {
        return rows.stream().filter(wrong).map(Row::sql).toList();
    }

    @Test
    void callsNothingReadOnlyThatIsNot() {
        assertThat(where(r -> r.analysis.isReadOnly() && !r.readOnly)).isEmpty();
    }

    @Test
    void recognisesEveryReadOnlyStatement() {
        assertThat(where(r -> r.readOnly && !r.analysis.isReadOnly())).isEmpty();
    }

    @Test
    void splitsEveryText() {
        assertThat(where(r -> r.analysis.statements().size() != r.statements)).isEmpty();
    }

    @Test
    void tellsTheKindOfEveryStatement() {
        assertThat(where(r -> !r.parts()
                        .map(s -> s.kind().name())
                        .collect(Collectors.joining(","))
                        .equals(r.kinds)))
                .isEmpty();
    }

    @Test
    void seesRowLocksIntoAndModifyingCtes() {
        assertThat(where(r -> r.parts().anyMatch(Statement::isLocking) != r.locking
                        || r.parts().anyMatch(Statement::hasInto) != r.into
                        || r.parts().anyMatch(Statement::hasModifyingCte) != r.modifyingCte))
                .isEmpty();
    }

    @Test
    void namesTheTables() {
        List<String> wrong = where(r -> !r.names(Statement::tables).equals(r.tables));
        assertThat(share(wrong)).as("wrong: %s", wrong).isGreaterThanOrEqualTo(SET_TARGET);
    }

    @Test
    void namesTheFunctions() {
        List<String> wrong = where(r -> !r.names(Statement::functions).equals(r.functions));
        assertThat(share(wrong)).as("wrong: %s", wrong).isGreaterThanOrEqualTo(SET_TARGET);
    }

    private static double share(List<String> wrong) {
        return 1 - (double) wrong.size() / rows.size();
    }
}
