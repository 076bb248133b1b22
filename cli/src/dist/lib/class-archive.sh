# The archive of the classes that a server loads, from which Java starts faster; to be sourced. A Java from 25 on has more
# in it than classes, and calls it an AOT cache. "trunkline archive" makes it.
#
# find_class_archive sets, from $home, $java_version, $java_feature and all options in $1:
#   archive         where it is, or has to be made; empty where options rule it out, or there is no place for it
#   archive_option  the JVM option that uses it, if it is there and whole
#   archive_making  the JVM option that makes it, without the file at its end
#   archive_quiet   the JVM option by which nothing is said about an archive that Java does not take

find_class_archive() {
    archive='' archive_option='' archive_making='' archive_quiet=''
    [ -n "$java_version" ] || return 0
    case $1 in
        *-Xshare* | *-XX:*Archive* | *-XX:AOT* | *-XX:*ClassList*) return 0 ;;
    esac
    if [ "$java_feature" -ge 25 ]; then
        archive_name=java-$java_version.aot archive_using=-XX:AOTCache= archive_making=-XX:AOTCacheOutput=
        archive_quiet='-Xlog:aot*=off'
    else
        archive_name=java-$java_version.jsa archive_using=-XX:SharedArchiveFile= archive_making=-XX:ArchiveClassesAtExit=
        archive_quiet='-Xlog:cds*=off'
    fi
    case ${XDG_CACHE_HOME:-${HOME:-}} in
        /*) own_archive=${XDG_CACHE_HOME:-$HOME/.cache}/trunkline$home/$archive_name ;;
        *) own_archive='' ;;
    esac
    # HOME may be somebody else's, and what is in an archive is run.
    if [ -w "$home/lib" ] || { [ -f "$home/lib/$archive_name" ] && [ ! -O "$own_archive" ]; }; then
        archive=$home/lib/$archive_name
    elif [ ! -e "$own_archive" ] || [ -O "$own_archive" ]; then
        archive=$own_archive
    fi
    if [ -f "$archive" ] && [ -r "$archive" ] && is_whole_archive; then
        archive_option=$archive_using$archive
    fi
}

# Java before 25 crashes where the file is shorter than it was made.
is_whole_archive() {
    [ "$java_feature" -ge 25 ] && return
    { [ -r "$archive.size" ] && read -r archive_size <"$archive.size"; } || return
    [ "$(($(wc -c <"$archive")))" = "$archive_size" ]
}

# Runs the JVM with the arguments so that it makes the archive, and puts that in its place.
make_class_archive() {
    if [ -z "$archive" ]; then
        echo "trunkline: no archive is used: options of the JVM rule it out, or no directory for it is found" >&2
        return 1
    fi
    # Nobody else may write into what will be run.
    umask 022
    [ -w "$home/lib" ] || archive=$own_archive
    mkdir -p -- "${archive%/*}" || return 1
    new_archive=$archive.$$
    trap 'rm -f -- "$new_archive" "$new_archive.size" "$new_archive.log" "$new_archive.config"' EXIT
    trap 'exit 1' INT TERM HUP
    : >"$new_archive.log" && take_turn || return 1
    if [ "$archive" -nt "$new_archive.log" ]; then
        # by the process for which this one has waited
        echo "$archive"
        return
    fi
    # where memory runs out this gives way, too
    { echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null
    if ! "$java" "$archive_making$new_archive" "$archive_quiet" "$@" >"$new_archive.log" 2>&1; then
        cat -- "$new_archive.log" >&2
        return 1
    elif [ ! -s "$new_archive" ]; then
        echo "trunkline: this Java has made no archive" >&2
        return 1
    fi
    echo "$(($(wc -c <"$new_archive")))" >"$new_archive.size" &&
        mv -f -- "$new_archive.size" "$archive.size" && mv -f -- "$new_archive" "$archive" &&
        echo "$archive"
}

# Waits until no other process makes an archive in this directory: several servers may have started at once. Where there is no
# flock(1), or a file system has no such locks, each makes its own.
take_turn() {
    command -v flock >/dev/null && exec 9<"${archive%/*}" || return 0
    flock -n 9
    case $? in
        0) ;;
        1)
            flock -w 120 9 || {
                echo "trunkline: another process is making an archive in ${archive%/*}, and does not come to an end" >&2
                return 1
            }
            ;;
        *) return 0 ;;
    esac
    # What makers that were killed have left. Others may wait as this one did.
    set +f
    for left in "${archive%/*}"/java-*.jsa.[0-9]* "${archive%/*}"/java-*.aot.[0-9]*; do
        maker=${left##*.jsa.} maker=${maker##*.aot.} maker=${maker%%.*}
        [ -e "/proc/$maker" ] || kill -0 "$maker" 2>/dev/null || rm -f -- "$left"
    done
    set -f
}
