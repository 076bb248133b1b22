# Starts $main_class of the distribution in $home with the arguments of the script that sources this
# file, and $command_options (if set) as JVM options, one a line. The shell is replaced, so that the
# JVM has the process id of the command.

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

# The last of two contradicting options wins, so the user's come after ours.
set -f
set -- -Dtrunkline.home="$home" -cp "$class_path" "$main_class" "$@"
# shellcheck disable=SC2086 # words
set -- ${TRUNKLINE_JAVA_OPTS:-} "$@"
IFS=$new_line
# shellcheck disable=SC2086 # one option a line
set -- $jvm_options ${command_options:-} "$@"
exec "$java" "$@"
