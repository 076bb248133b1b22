package io.trunkline.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StatementGroupTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SELECT 1                                | SELECT
            WITH a AS (SELECT 1) SELECT * FROM a    | SELECT
            INSERT INTO t VALUES (1)                | INSERT
            UPDATE t SET a = 1                      | UPDATE
            DELETE FROM t                           | DELETE
            CREATE TABLE t (a int)                  | DDL
            COPY t FROM STDIN                       | DDL
            BEGIN                                   | OTHER
            SET work_mem TO '1MB'                   | OTHER
            EXPLAIN SELECT 1                        | OTHER
            CHECKPOINT                              | OTHER
            SELECT 1; DELETE FROM t                 | SELECT
            nonsense                                | OTHER
            """)
    void statementsCountAsInPgpool(String sql, StatementGroup group) {
        assertThat(Plans.groupOf(sql)).isEqualTo(group);
    }
}
