# Runs the program that the script which sources this file is named after, as Pgpool-II has it. $self is
# the path of that script, without links; lib/launch.sh replaces the shell.
# shellcheck disable=SC2034,SC2154 # set by that script, used by launch.sh

home=${self%/*/*}
main_class=io.trunkline.cli.Main
set -- "${self##*/}" "$@"

# All but the server end so soon that the optimising compiler only costs them time.
command_options=''
[ "$1" = pgpool ] || command_options=-XX:TieredStopAtLevel=1
. "$home/lib/launch.sh"
