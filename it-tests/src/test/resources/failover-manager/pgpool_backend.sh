#!/bin/bash
# pgpool_backend.sh check_primary|promote|attach|detach|watchdog HOST [PORT]
#
# Does as scripts of failover managers do that know a node by its address and Pgpool-II's PCP programs: asks for the
# number of nodes, reads each one's line word by word until host (and port, if there is one) fit, and passes numbers of
# nodes as the status of functions, 255 for none. The role is the 6th word, as in releases before 4.3.
PCP_USER=@PCP_USER@
PCP_PORT=@PCP_PORT@
PCP_HOST=@PCP_HOST@
PGPOOL_PATH=@PGPOOL_PATH@
export PCPPASSFILE=@DIRECTORY@/pcppass

function find_node {
    if [ -z "$1" ]; then
        echo "hostname not provided"
        return 255
    fi
    node_count=`$PGPOOL_PATH/pcp_node_count -U $PCP_USER -h $PCP_HOST -p $PCP_PORT -w`
    echo searching node-id for $1:$2 from $node_count configured backends
    i=0
    while [ $i -lt $node_count ];
    do
        nodeinfo=`$PGPOOL_PATH/pcp_node_info -U $PCP_USER -h $PCP_HOST -p $PCP_PORT -w $i`
        hostname=`echo $nodeinfo | awk -v N=1 '{print $N}'`
        port=`echo $nodeinfo | awk -v N=2 '{print $N}'`
        role=`echo $nodeinfo | awk -v N=6 '{print $N}'`
        if [ "$hostname" == $1 ] && ( [ -z "$2" ] || [ $port -eq $2 ] ); then
            echo "$1:$2 has backend node-id = $i in Pgpool-II"
            return $i
        fi
        let i=i+1
    done
    return 255
}

# 1 for the primary, 0 for another node
function is_primary {
    find_node $1 $2
    [ $? -eq 255 ] && return 255
    [ "$role" == "primary" ] && return 1
    return 0
}

# DOING PROGRAM HOST [PORT]
function for_node {
    find_node $3 $4
    node_id=$?
    if [ $node_id -eq 255 ]; then
        echo unable to find Pgpool-II backend node id for $3:$4
        return 255
    fi
    echo $1 node-id: $node_id
    $PGPOOL_PATH/$2 -w -U $PCP_USER -h $PCP_HOST -p $PCP_PORT $node_id
    return $?
}

if [ -z "$1" ] || [ -z "$2" ]; then
    echo "ERROR: operation not provided"
    exit 1
fi
shopt -s nocasematch
case "$1" in
    "check_primary" ) is_primary $2 $3;;
    "promote" ) for_node promoting pcp_promote_node $2 $3;;
    "attach" ) for_node attaching pcp_attach_node $2 $3;;
    "detach" ) for_node detaching pcp_detach_node $2 $3;;
    "watchdog" ) $PGPOOL_PATH/pcp_watchdog_info -w -U $PCP_USER -h $PCP_HOST -p $PCP_PORT -v;;
    * ) echo "invalid operation $1."
esac
exit $?
