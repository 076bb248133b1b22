# shellcheck shell=bash
# Fetches the source of a Debian package without a change to the machine's package sources; to be sourced by a
# script that has the functions die and note. Needs apt, dpkg-dev.

# apt with package lists of its own: the files that provide the binary package are read again as source entries.
private_apt() { # APT_DIR COMMAND ARGUMENT...
  local apt=$1 command=$2
  shift 2
  "$command" -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/sources" -o Dir::State::lists="$apt/lists" \
    -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
}

# Prints the directory of the unpacked source, of the installed version where that is to be had.
fetch_debian_source() { # SOURCE_PACKAGE BINARY_PACKAGE DIR
  local package=$1 binary=$2 dir=$3 apt=$3/apt uri file wanted have
  type apt-get dpkg-source >/dev/null 2>&1 || die "no sources: install dpkg-dev, or name an unpacked tree with --source"
  mkdir -p "$apt"/{sources,lists/partial,cache/archives/partial}
  rm -f "$apt"/sources/*
  while read -r uri; do
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
      if [ ! -e "$file" ] || ! grep -qF "$uri" "$file"; then continue; fi
      sed -E 's/^Types:.*/Types: deb-src/; /^deb-src[[:space:]]/d; s/^deb([[:space:]])/deb-src\1/' "$file" \
        >"$apt/sources/${file##*/}"
    done
  done < <(apt-cache madison "$binary" | awk '{print $5}' | sort -u)
  note "fetching the source of $package into $dir"
  private_apt "$apt" apt-get update >"$dir/apt.log" 2>&1 || die "apt-get update failed: see $dir/apt.log"
  # shellcheck disable=SC2016 # dpkg-query's own
  wanted=$(dpkg-query -W -f '${source:Version}' "$binary" 2>/dev/null || true)
  for have in $wanted $(private_apt "$apt" apt-cache showsrc --only-source "$package" | sed -n 's/^Version: //p' | sort -rV); do
    if (cd "$dir" && private_apt "$apt" apt-get source --download-only "$package=$have") >>"$dir/apt.log" 2>&1; then
      dpkg-source --no-check -x "$dir/${package}_${have#*:}.dsc" "$dir/$package-$have" >>"$dir/apt.log" 2>&1 ||
        die "dpkg-source failed: see $dir/apt.log"
      rm -rf "$apt"
      echo "$dir/$package-$have"
      return
    fi
    note "the source of $package $have is not to be had"
  done
  die "no source of $package could be fetched: see $dir/apt.log"
}
