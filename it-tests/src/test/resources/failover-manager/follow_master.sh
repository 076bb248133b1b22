#!/bin/sh
# follow_master.sh NODE OLD_PRIMARY: the failover manager has the standbys follow, so they are only attached again
PCP_USER=@PCP_USER@
PCP_PORT=@PCP_PORT@
PCP_HOST=@PCP_HOST@
PGPOOL_PATH=@PGPOOL_PATH@
export PCPPASSFILE=@DIRECTORY@/pcppass
echo detached_node_id $1
echo old_master_id $2
# the old primary has to be rebuilt first
if [ $1 -ne $2 ]; then
    sleep 10
    $PGPOOL_PATH/pcp_attach_node -w -U $PCP_USER -h $PCP_HOST -p $PCP_PORT $1
fi
