# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Install what the host lacks: sourced by scripts/demo and scripts/check, which
# must run on a Debian that has no make, no python3 and no compiler. Plain sh,
# and only what a minimal Debian always has.

# names GROUP...: the packages of these groups in scripts/packages.txt.
msmmu_packages() {
    while read -r group package rest; do
        for wanted in "$@"; do
            if [ "$group" = "$wanted" ]; then
                echo "$package"
            fi
        done
    done <"$msmmu_source/scripts/packages.txt"
}

# missing GROUP...: those of them that are not installed.
msmmu_missing() {
    for package in $(msmmu_packages "$@"); do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1) in
        installed) ;;
        *) echo "$package" ;;
        esac
    done
}

# Print how to install by hand, and end.
msmmu_by_hand() {
    {
        echo "msmmu: error: $1. As root, run:"
        echo "apt-get update && apt-get install -y" \
            "--no-install-recommends $msmmu_needed"
    } >&2
    exit 1
}

# bootstrap GROUP...: install what is missing; no apt when nothing is.
msmmu_bootstrap() {
    if ! command -v dpkg-query >/dev/null; then
        echo "msmmu: error: this is not Debian; msmmu is set up with" \
            "packages of Debian 12 or 13" >&2
        exit 1
    fi
    msmmu_needed=$(msmmu_missing "$@" | tr '\n' ' ')
    msmmu_needed=${msmmu_needed% }
    if [ -z "$msmmu_needed" ]; then
        return 0
    fi
    # Words, to be split: no program here has a space in its name.
    if [ "$(id -u)" = 0 ]; then
        as_root='env'
    elif ! command -v sudo >/dev/null; then
        msmmu_by_hand "packages are missing, and this is neither root nor sudo"
    elif sudo -n true 2>/dev/null; then
        as_root='sudo -n env'
    elif [ -t 0 ]; then
        as_root='sudo env'
    else
        msmmu_by_hand "packages are missing, and sudo wants a password"
    fi
    echo "msmmu: installing: $msmmu_needed"
    # A mirror that is down for a moment need not end it: the second half
    # tells if what it needs is not there.
    for msmmu_pause in 5 30 end; do
        msmmu_apt update || echo "msmmu: apt-get update failed; going on"
        # shellcheck disable=SC2086
        if msmmu_apt install -y --no-install-recommends $msmmu_needed; then
            return 0
        elif [ "$msmmu_pause" != end ]; then
            echo "msmmu: installing failed; again in $msmmu_pause s"
            sleep "$msmmu_pause"
        fi
    done
    msmmu_by_hand "installing packages failed"
}

# apt-get, quiet unless it fails when nobody watches.
msmmu_apt() {
    set -- $as_root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
    if [ -t 1 ]; then
        "$@" </dev/null
        return
    fi
    msmmu_log=$(mktemp) || return
    if "$@" >"$msmmu_log" 2>&1 </dev/null; then
        rm -f "$msmmu_log"
        return 0
    fi
    tail -n 30 "$msmmu_log" >&2
    rm -f "$msmmu_log"
    return 1
}
