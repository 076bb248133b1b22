#!/bin/sh
# Lists the functions of pg_catalog by what a router may take them for.
#
# usage: scripts/builtin-functions.sh > src/main/resources/io/trunkline/sql/builtin-functions.txt
#
# Reads pg_proc of the server that psql reaches by PGHOST, PGPORT, PGUSER; use the oldest major version supported, so
# that a name's meaning holds for the newer ones too. A line is a name alone if no overload is volatile, "NAME local" if
# it only reads, but tells of the session, the server or the moment, and "NAME acting" if it may do anything else.
set -eu

echo "# Written by scripts/builtin-functions.sh from $(psql -XAtc "SELECT 'PostgreSQL ' || current_setting('server_version_num')")"
psql -XAt -F ' ' -v ON_ERROR_STOP=1 <<'SQL'
WITH hidden(type) AS (
    VALUES ('internal'), ('cstring'), ('trigger'), ('event_trigger'), ('language_handler'), ('fdw_handler'),
           ('index_am_handler'), ('table_am_handler'), ('tsm_handler')
), callable(name, volatile) AS (
    SELECT p.proname,
        -- any volatile overload counts, also one that is hidden
        EXISTS (SELECT FROM pg_proc v WHERE v.proname = p.proname AND v.provolatile = 'v')
    FROM pg_proc p
        LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass AND d.objsubid = 0
    WHERE p.pronamespace = 'pg_catalog'::regnamespace
        -- called by name in no sane SQL: what stands behind operators, casts and index methods
        AND NOT coalesce(d.description, '') LIKE 'implementation of %'
        AND p.proname !~ 'send$'
    GROUP BY p.proname
    HAVING bool_and(p.prokind <> 'p')
        AND bool_or(
            NOT EXISTS (
                SELECT FROM hidden h
                WHERE h.type::regtype = p.prorettype OR h.type::regtype = ANY (p.proargtypes::oid[])))
)
SELECT name,
    CASE
    -- volatile, but changes nothing anywhere
    WHEN name IN ('clock_timestamp', 'gen_random_uuid', 'random', 'timeofday', 'pg_is_in_recovery')
        OR name ~ '^(pg_sleep|pg_last_(wal|xact)_|pg_get_wal_replay_pause_state)|^pg_(database|indexes|relation|table|tablespace|total_relation)_size$'
    THEN 'local'
    -- stable, but about the transaction id that only a writing transaction has, or refused during recovery
    WHEN volatile
        OR name IN (
            'txid_current', 'txid_current_if_assigned', 'pg_current_xact_id', 'pg_current_xact_id_if_assigned',
            'pg_walfile_name', 'pg_walfile_name_offset')
        OR name ~ '^(binary_upgrade|pg_event_trigger)_'
    THEN 'acting'
    -- stable, but tells of the session or the server that it runs on; the addresses stay out: who asks for them wants to
    -- know where a read goes
    WHEN name IN (
            'current_setting', 'pg_show_all_settings', 'pg_settings_get_flags', 'pg_backend_pid', 'pg_my_temp_schema',
            'pg_is_other_temp_schema', 'pg_listening_channels', 'pg_prepared_statement', 'pg_cursor',
            'pg_get_replication_slots', 'pg_postmaster_start_time', 'pg_conf_load_time',
            'pg_show_replication_origin_status', 'pg_prepared_xact', 'pg_trigger_depth')
        OR name ~ '^pg_stat_'
    THEN 'local'
    END AS what
FROM callable
ORDER BY name COLLATE "C";
SQL
