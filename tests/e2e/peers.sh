# The named peers of the end-to-end tests. Sourced by ./dev; `peers_install` makes ready what apt cannot
# install beside the rest. A peer that is missing makes its tests skip, with the package's name.
#
# syslog-ng-core cannot be installed where rsyslog is, so its package is unpacked into a cache folder
# and loggen, its load generator, is run from there:
#   LD_LIBRARY_PATH=$PEERS_FOLDER/usr/lib/syslog-ng SYSLOGNG_PREFIX=$PEERS_FOLDER/usr \
#       $PEERS_FOLDER/usr/bin/loggen
PEERS_FOLDER=${AKASHI_PEERS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/akashi/peers}

# What loggen is linked with, besides what is in the package itself.
PEERS_PACKAGES="libglib2.0-0"

peers_unpack() {
    fetched=$(mktemp -d) || return 1
    (cd "$fetched" && apt-get download syslog-ng-core >apt.log 2>&1 &&
        dpkg -x syslog-ng-core_*.deb root) || { rm -rf "$fetched"; return 1; }
    mkdir -p "$(dirname "$PEERS_FOLDER")" && rm -rf "$PEERS_FOLDER" &&
        mv "$fetched/root" "$PEERS_FOLDER"
    peers_status=$?
    rm -rf "$fetched"
    return $peers_status
}

peers_install() {
    AKASHI_PEERS=$PEERS_FOLDER
    export AKASHI_PEERS
    need $PEERS_PACKAGES
    [ ! -x "$PEERS_FOLDER/usr/bin/loggen" ] || return 0
    peers_unpack && return 0
    # Once more with fresh package lists.
    if [ "$(id -u)" -eq 0 ]; then
        apt-get update >/dev/null 2>&1
    elif command -v sudo >/dev/null; then
        sudo apt-get update >/dev/null 2>&1
    fi
    peers_unpack
}
