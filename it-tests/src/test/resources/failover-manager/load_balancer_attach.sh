#!/bin/bash
# load_balancer_attach.sh ADDRESS: what a failover manager calls when the node at ADDRESS serves again
log=@DIRECTORY@/pp_log
{
    date +"%Y-%m-%d %H:%M:%S"
    echo "node address to attach = $1."
    @DIRECTORY@/pgpool_backend.sh attach $1
    echo "-----."
} >>$log
exit 0
