# Finds a Java of release 17 or later without starting one; to be sourced.
#
# find_java sets:
#   java          the executable
#   java_feature  its feature release, such as 17 (17 where it cannot be told)
#   java_version  its release, such as 17.0.15 (empty where it cannot be told)
# or says on standard error why there is none and returns 1.

java_minimum=17

# Prints the directories in which Java installations are looked for, one a line.
java_places() {
    if on_path=$(command -v java); then
        on_path=$(readlink -f -- "$on_path") && dirname -- "$(dirname -- "$on_path")"
    fi
    for place in /usr/lib/jvm/* /usr/java/* /usr/local/java/* /usr/local/openjdk* /opt/java/* /opt/*jdk* \
        "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /home/linuxbrew/.linuxbrew/opt/openjdk*; do
        [ -d "$place" ] && printf '%s\n' "$place"
    done
}

# Reads the version of the installation in $1 from its release file into release_version (17.0.15)
# and release_feature (17); returns 1 where there is none.
read_release() {
    release_version='' release_feature=''
    [ -r "$1/release" ] || return 1
    while IFS='=' read -r key value; do
        [ "$key" = JAVA_VERSION ] || continue
        release_version=${value#\"}
        release_version=${release_version%\"*}
    done <"$1/release"
    release_feature=${release_version%%[!0-9]*}
    [ -n "$release_feature" ]
}

# Whether dotted version $1 is newer than $2; anything but digits and dots is left out.
newer_version() {
    left=${1%%[!0-9.]*}. right=${2%%[!0-9.]*}.
    while [ -n "$left" ] || [ -n "$right" ]; do
        left_part=${left%%.*} right_part=${right%%.*}
        [ "${left_part:-0}" -gt "${right_part:-0}" ] && return 0
        [ "${left_part:-0}" -lt "${right_part:-0}" ] && return 1
        left=${left#*.} right=${right#*.}
    done
    return 1
}

# Takes the Java that the user named: $1 is the variable's name, $2 its value.
take_named_java() {
    if [ -d "$2" ]; then
        java=${2%/}/bin/java
    else
        java=$(command -v -- "$2") || java=$2
    fi
    if [ ! -f "$java" ] || [ ! -x "$java" ]; then
        echo "trunkline: $1 is $2, but no java executable is there" >&2
        return 1
    fi
    java_file=$(readlink -f -- "$java") || java_file=$java
    if read_release "$(dirname -- "$(dirname -- "$java_file")")"; then
        if [ "$release_feature" -lt "$java_minimum" ]; then
            echo "trunkline: $1 is $2, which is Java $release_version; Java $java_minimum or later is needed" >&2
            return 1
        fi
        java_feature=$release_feature java_version=$release_version
    else
        java_feature=$java_minimum java_version=''
    fi
}

find_java() {
    if [ -n "${TRUNKLINE_JAVA:-}" ]; then
        take_named_java TRUNKLINE_JAVA "$TRUNKLINE_JAVA"
        return
    fi
    if [ -n "${JAVA_HOME:-}" ]; then
        take_named_java JAVA_HOME "$JAVA_HOME"
        return
    fi
    java='' java_feature='' newest=0 too_old=''
    while IFS= read -r place; do
        if [ ! -x "$place/bin/java" ] || ! read_release "$place"; then
            continue
        elif [ "$release_feature" -lt "$java_minimum" ]; then
            too_old="$too_old $place (Java $release_version)"
        elif newer_version "$release_version" "$newest"; then
            java=$place/bin/java java_feature=$release_feature newest=$release_version
        fi
    done <<PLACES
$(java_places)
PLACES
    java_version=$newest
    [ -n "$java" ] && return
    echo "trunkline: no Java $java_minimum or later was found; install one, or set TRUNKLINE_JAVA or JAVA_HOME" >&2
    [ -z "$too_old" ] || echo "trunkline: too old:$too_old" >&2
    return 1
}
