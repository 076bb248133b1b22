package io.trunkline.it;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;

/** What {@code routing-cases.txt} speaks of: tables, views and functions of every kind that routing tells apart. */
final class RoutingObjects {
    private static final String OBJECTS = """
            SET ROLE router;
            CREATE SCHEMA s;

            CREATE TABLE t (id int, v text);
            INSERT INTO t VALUES (1, 'one');
            CREATE TABLE other (id int);
            CREATE TABLE secret (id int);
            CREATE TABLE s.inside (id int);
            CREATE TABLE "Mixed Case" (id int);
            CREATE UNLOGGED TABLE unlogged (id int);
            CREATE TABLE two (id int);
            CREATE UNLOGGED TABLE s.two (id int);
            CREATE TABLE parent (id int);
            CREATE UNLOGGED TABLE child () INHERITS (parent);
            CREATE TABLE parts (id int) PARTITION BY RANGE (id);
            CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
            CREATE TABLE mixed_parts (id int) PARTITION BY RANGE (id);
            CREATE UNLOGGED TABLE mixed_parts_low PARTITION OF mixed_parts FOR VALUES FROM (0) TO (100);
            CREATE SEQUENCE seq;
            SELECT lo_create(4242);

            CREATE FUNCTION f_imm(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
            CREATE FUNCTION f_stable(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1';
            CREATE FUNCTION f_vol(int) RETURNS int VOLATILE LANGUAGE sql AS 'SELECT $1';
            CREATE FUNCTION f_write(int) RETURNS int VOLATILE LANGUAGE plpgsql
                AS 'BEGIN INSERT INTO public.other VALUES ($1); RETURN $1; END';
            CREATE FUNCTION f_liar(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT public.f_write($1)';
            CREATE FUNCTION f_over(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
            CREATE FUNCTION f_over(text) RETURNS text VOLATILE LANGUAGE sql AS 'SELECT $1';
            CREATE FUNCTION f_two() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION s.f_two() RETURNS int VOLATILE LANGUAGE sql AS 'SELECT 2';
            CREATE FUNCTION s.f_inside() RETURNS int STABLE LANGUAGE sql AS 'SELECT 3';
            CREATE FUNCTION "F_Quoted"() RETURNS int STABLE LANGUAGE sql AS 'SELECT 4';
            CREATE FUNCTION f_rows() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT generate_series(1, 3)';
            CREATE FUNCTION f_vol_rows() RETURNS SETOF int VOLATILE LANGUAGE sql AS 'SELECT generate_series(1, 3)';
            CREATE FUNCTION f_sets() RETURNS int VOLATILE LANGUAGE plpgsql
                AS $$BEGIN PERFORM set_config('work_mem', '9MB', false); RETURN 1; END$$;
            CREATE AGGREGATE a_imm(int) (SFUNC = int4pl, STYPE = int4, INITCOND = '0');
            CREATE PROCEDURE p_sets() LANGUAGE plpgsql AS $$BEGIN PERFORM set_config('work_mem', '9MB', false); END$$;
            CREATE FUNCTION op_write(int, int) RETURNS bool VOLATILE LANGUAGE plpgsql
                AS 'BEGIN INSERT INTO public.other VALUES ($1); RETURN true; END';
            CREATE OPERATOR === (FUNCTION = op_write, LEFTARG = int, RIGHTARG = int);

            CREATE VIEW v_t AS SELECT id FROM t;
            CREATE VIEW v_v_t AS SELECT id FROM v_t;
            CREATE VIEW v_unlogged AS SELECT id FROM unlogged;
            CREATE VIEW v_v_unlogged AS SELECT id FROM v_unlogged;
            CREATE VIEW v_vol AS SELECT f_vol(1) AS id;
            CREATE VIEW v_writes AS SELECT f_write(1) AS id;
            CREATE VIEW v_v_vol AS SELECT id FROM v_vol;
            CREATE VIEW v_random AS SELECT random() AS id;
            CREATE VIEW v_stable AS SELECT f_stable(1) AS id;
            CREATE VIEW v_port AS SELECT inet_server_port() AS port;
            CREATE VIEW v_settings AS SELECT inet_server_port() AS port, current_setting('work_mem') AS work_mem,
                current_setting('TimeZone') AS zone, current_setting('transaction_isolation') AS isolation,
                current_setting('nosuch.setting', true) AS own;
            CREATE VIEW s.v_inside AS SELECT id FROM s.inside;
            CREATE MATERIALIZED VIEW m_t AS SELECT id FROM t;
            """;

    private RoutingObjects() {}

    static void create(LocalCluster cluster) {
        LocalNode primary = cluster.node(Cluster.PRIMARY);
        String user = RoutingCasesTest.USER;
        primary.query("CREATE ROLE " + user + " LOGIN; ALTER ROLE " + user + " SET log_statement = 'all';"
                + " CREATE ROLE " + user + "_group; GRANT " + user + "_group TO " + user);
        primary.query(
                Cluster.USER,
                "GRANT CREATE ON SCHEMA public TO " + user + "; GRANT CREATE, TEMP ON DATABASE " + Cluster.USER + " TO "
                        + user);
        primary.query(Cluster.USER, OBJECTS);
    }

    static void drop(LocalCluster cluster) {
        String user = RoutingCasesTest.USER;
        cluster.node(Cluster.PRIMARY).query(Cluster.USER, "SELECT lo_unlink(4242); DROP OWNED BY " + user + " CASCADE");
        cluster.node(Cluster.PRIMARY).query("DROP ROLE " + user + ", " + user + "_group");
    }
}
