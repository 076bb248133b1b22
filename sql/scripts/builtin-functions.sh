#!/bin/sh
# Lists the functions of pg_catalog that a standby may be asked to run: names of which no overload is volatile.
#
# usage: scripts/builtin-functions.sh > src/main/resources/io/trunkline/sql/builtin-functions.txt
#
# Reads pg_proc of the server that psql reaches by PGHOST, PGPORT, PGUSER; use the oldest major version supported, so
# that a name's meaning holds for the newer ones too.
set -eu

echo "# Written by scripts/builtin-functions.sh from $(psql -XAtc "SELECT 'PostgreSQL ' || current_setting('server_version_num')")"
psql -XAt -v ON_ERROR_STOP=1 <<'SQL'
WITH hidden(type) AS (
    VALUES ('internal'), ('cstring'), ('trigger'), ('event_trigger'), ('language_handler'), ('fdw_handler'),
           ('index_am_handler'), ('table_am_handler'), ('tsm_handler')
)
SELECT p.proname
FROM pg_proc p
    LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass AND d.objsubid = 0
WHERE p.pronamespace = 'pg_catalog'::regnamespace
    -- called by name in no sane SQL: what stands behind operators, casts and index methods
    AND NOT coalesce(d.description, '') LIKE 'implementation of %'
GROUP BY p.proname
HAVING bool_and(p.prokind <> 'p')
    -- any volatile overload, also one hidden above, takes the name out
    AND NOT EXISTS (SELECT FROM pg_proc v WHERE v.proname = p.proname AND v.provolatile = 'v')
    AND bool_or(
        NOT EXISTS (
            SELECT FROM hidden h
            WHERE h.type::regtype = p.prorettype OR h.type::regtype = ANY (p.proargtypes::oid[])))
    -- stable, but about the transaction id that only a writing transaction has, or refused during recovery
    AND p.proname NOT IN (
        'txid_current', 'txid_current_if_assigned', 'pg_current_xact_id', 'pg_current_xact_id_if_assigned')
    -- stable, but tells of the session or the server that it runs on; the addresses stay in: who asks for them wants to
    -- know where a read goes
    AND p.proname NOT IN (
        'current_setting', 'pg_show_all_settings', 'pg_settings_get_flags', 'pg_backend_pid', 'pg_my_temp_schema', 'pg_is_other_temp_schema', 'pg_listening_channels',
        'pg_prepared_statement', 'pg_cursor', 'pg_get_replication_slots', 'pg_postmaster_start_time', 'pg_conf_load_time',
        'pg_show_replication_origin_status', 'pg_prepared_xact', 'pg_trigger_depth',
        'pg_walfile_name', 'pg_walfile_name_offset')
    AND p.proname !~ '^(pg_stat_|pg_event_trigger_|binary_upgrade_)|send$'
ORDER BY p.proname COLLATE "C";
SQL
