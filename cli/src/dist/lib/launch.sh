# Starts $main_class of the distribution in $home with the arguments of the script that sources this
# file, and $command_options (if set) as JVM options, one a line. The shell is replaced, so that the
# JVM has the process id of the command; only with $making_archive it stays, to put what the JVM has made in its place.

. "$home/lib/find-java.sh"
find_java || exit 1

class_path='' other_jars=''
for jar in "$home"/lib/*.jar; do
    case $jar in
        */trunkline-*) class_path=$class_path${class_path:+:}$jar ;;
        *) other_jars=$other_jars:$jar ;;
    esac
done
class_path=$class_path$other_jars

# One option a line; "22-:" before it means: only for Java 22 or later.
new_line='
'
jvm_options=''
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
        '' | '#'*) continue ;;
        [0-9]*-:*)
            [ "$java_feature" -ge "${line%%-:*}" ] || continue
            line=${line#*-:}
            ;;
    esac
    jvm_options=$jvm_options$line$new_line
done <"$home/etc/jvm.options"

. "$home/lib/class-archive.sh"
find_class_archive "$jvm_options ${TRUNKLINE_JAVA_OPTS:-} ${JDK_JAVA_OPTIONS:-} ${JAVA_TOOL_OPTIONS:-}"

# The last of two contradicting options wins, so the user's come after ours.
set -f
set -- -Dtrunkline.home="$home" ${archive:+"-Dtrunkline.archive=$archive"} -cp "$class_path" "$main_class" "$@"
# shellcheck disable=SC2086 # words
set -- ${TRUNKLINE_JAVA_OPTS:-} "$@"
if [ -z "${making_archive:-}" ] && [ -n "$archive_option" ]; then
    set -- "$archive_quiet" "$archive_option" "$@"
    # Moved to another address, an archive is copied as a whole. A Java that may not know the option does not get it.
    [ "$java_feature" -gt 25 ] || set -- -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 "$@"
fi
IFS=$new_line
# shellcheck disable=SC2086 # one option a line
set -- $jvm_options ${command_options:-} "$@"
if [ -n "${making_archive:-}" ]; then
    make_class_archive "$@"
    exit
fi
exec "$java" "$@"
