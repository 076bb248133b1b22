package io.trunkline.proxy.catalog;

import io.trunkline.sql.QualifiedName;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * One query string that asks a server for all that is to be known about some names; {@link CatalogAnswer} reads what
 * comes back.
 *
 * <p>The server follows views and inheritance by their recorded dependencies (manual, "pg_depend"), which are exact, but
 * leave out what is built in: for that the texts of the views are fetched as well, in which only names of pg_catalog
 * stand without a schema. Names come back in hexadecimal, so that the connection's client_encoding is of no matter.
 */
final class CatalogQuestion {
    /** More than this, and a view is called unclear. */
    static final int VIEW_LIMIT = 50;

    private static final int VIEW_TEXT_LIMIT = 32 * 1024;

    /** How many of the relations behind a view are told. */
    private static final int NAMES_TOLD = 8;

    private static final String SYSTEM = "('pg_catalog', 'information_schema', 'pg_toast')";

    /** The columns of every row are kind, number, and four texts. */
    private static final String TEMPLATE = """
            SET LOCAL search_path TO pg_catalog;
            WITH RECURSIVE
            asked_table(number, schema, name) AS (VALUES (-1, NULL::name, NULL::name)%1$s),
            asked_function(number, schema, name) AS (VALUES (-1, NULL::name, NULL::name)%2$s),
            candidate AS (
                SELECT a.number, c.oid, c.relkind, c.relpersistence = 't' AS is_temporary
                FROM asked_table a
                    JOIN pg_class c ON c.relname = a.name
                    JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE (a.schema IS NULL OR n.nspname = a.schema) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            ),
            reached(number, oid) AS (
                SELECT number, oid FROM candidate WHERE NOT is_temporary
                UNION
                SELECT r.number, next.oid
                FROM reached r
                    JOIN pg_class c ON c.oid = r.oid
                    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN %3$s
                    CROSS JOIN LATERAL (
                        SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = c.oid
                        UNION ALL
                        SELECT d.refobjid
                        FROM pg_rewrite w
                            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                        WHERE c.relkind = 'v' AND w.ev_class = c.oid AND w.ev_type = '1'
                            AND d.refclassid = 'pg_class'::regclass
                    ) next(oid)
            ),
            relation AS (
                SELECT r.number, c.oid, c.relkind, c.relispartition, c.relpersistence = 'u' AS is_unlogged,
                    n.nspname IN %3$s AS is_system,
                    encode(convert_to(n.nspname || '.' || c.relname, 'UTF8'), 'hex') AS name
                FROM reached r
                    JOIN pg_class c ON c.oid = r.oid AND c.relpersistence <> 't'
                    JOIN pg_namespace n ON n.oid = c.relnamespace
            ),
            viewed AS (
                SELECT number, oid, pg_get_viewdef(oid) AS text
                FROM relation
                WHERE relkind = 'v' AND NOT is_system
                ORDER BY number, oid
                LIMIT %4$d
            ),
            called(number, behind_view, oid) AS (
                SELECT a.number, false, p.oid
                FROM asked_function a
                    JOIN pg_proc p ON p.proname = a.name
                    JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE CASE WHEN a.schema IS NULL THEN n.nspname !~ '^pg_temp_' ELSE n.nspname = a.schema END
                UNION
                SELECT r.number, true, coalesce(o.oprcode, d.refobjid)
                FROM relation r
                    JOIN pg_rewrite w ON w.ev_class = r.oid AND w.ev_type = '1'
                    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                        AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
                    LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
                WHERE r.relkind = 'v' AND NOT r.is_system
            ),
            routine AS (
                SELECT k.number, k.behind_view, p.provolatile,
                    p.provolatile = 'v' OR EXISTS (
                        SELECT
                        FROM pg_aggregate a
                            JOIN pg_proc s ON s.oid = ANY (ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
                                a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[])
                        WHERE a.aggfnoid = p.oid AND s.provolatile = 'v') AS is_volatile,
                    encode(convert_to(n.nspname || '.' || p.proname, 'UTF8'), 'hex') AS name
                FROM called k
                    JOIN pg_proc p ON p.oid = k.oid
                    JOIN pg_namespace n ON n.oid = p.pronamespace
            )
            SELECT 'session', -1, current_setting('default_transaction_isolation'), pg_is_in_recovery()::text, NULL, NULL
            %5$sUNION ALL
            SELECT 'table', number, count(*) FILTER (WHERE NOT is_temporary)::text,
                count(*) FILTER (WHERE is_temporary)::text,
                string_agg(DISTINCT relkind::text, '') FILTER (WHERE NOT is_temporary), NULL
            FROM candidate GROUP BY number
            UNION ALL
            SELECT 'reached', number, min(name) FILTER (WHERE is_unlogged), min(name) FILTER (WHERE relkind = 'S'),
                min(name) FILTER (WHERE is_system), count(*) FILTER (WHERE relkind = 'v' AND NOT is_system)::text
            FROM relation GROUP BY number
            UNION ALL
            SELECT 'behind', number,
                array_to_string((array_agg(name ORDER BY name))[1:%6$d], ' '), count(*)::text, NULL, NULL
            FROM relation r
            WHERE NOT relispartition AND oid NOT IN (SELECT oid FROM candidate c WHERE c.number = r.number)
            GROUP BY number
            UNION ALL
            SELECT 'view', number,
                CASE WHEN octet_length(text) <= %7$d THEN encode(convert_to(text, 'UTF8'), 'hex') END, NULL, NULL, NULL
            FROM viewed
            UNION ALL
            SELECT CASE WHEN behind_view THEN 'called' ELSE 'function' END, number,
                min(name) FILTER (WHERE is_volatile), bool_or(provolatile = 's')::text, NULL, NULL
            FROM routine GROUP BY behind_view, number
            """;

    private static final String BUILTINS = """
            UNION ALL
            SELECT 'builtin', -1, string_agg(DISTINCT proname::text, ' '), NULL, NULL, NULL
            FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND provolatile = 'v'
            """;

    private CatalogQuestion() {}

    /**
     * The query string.
     *
     * @param withBuiltins whether the names of the volatile functions of pg_catalog are asked for too
     */
    static String sql(List<QualifiedName> tables, List<QualifiedName> functions, boolean withBuiltins) {
        return String.format(
                TEMPLATE,
                rows(tables),
                rows(functions),
                SYSTEM,
                VIEW_LIMIT + 1,
                withBuiltins ? BUILTINS : "",
                NAMES_TOLD,
                VIEW_TEXT_LIMIT);
    }

    private static String rows(List<QualifiedName> names) {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < names.size(); i++) {
            QualifiedName name = names.get(i);
            rows.append(", (")
                    .append(i)
                    .append(", ")
                    .append(name.schema().map(CatalogQuestion::literal).orElse("NULL"))
                    .append(", ")
                    .append(literal(name.name()))
                    .append(')');
        }
        return rows.toString();
    }

    /** A value that reads the same whatever standard_conforming_strings and client_encoding are. */
    private static String literal(String text) {
        boolean plain = text.chars().allMatch(c -> c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z');
        if (plain) {
            return "'" + text + "'";
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return "convert_from(decode('" + HexFormat.of().formatHex(bytes) + "', 'hex'), 'UTF8')::name";
    }
}
