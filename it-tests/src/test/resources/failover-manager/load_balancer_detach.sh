#!/bin/bash
# load_balancer_detach.sh ADDRESS: what a failover manager calls when the node at ADDRESS has failed
log=@DIRECTORY@/pp_log
{
    date +"%Y-%m-%d %H:%M:%S"
    echo "node address to detach = $1."
    @DIRECTORY@/pgpool_backend.sh detach $1
    echo "-----."
} >>$log
exit 0
