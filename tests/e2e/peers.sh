# The named peers of the end-to-end tests. Sourced by ./dev; `peers_install` makes ready what apt cannot
# install beside the rest. A peer that is missing makes its tests skip, with the package's name.
#
# syslog-ng-core cannot be installed where rsyslog is, so its packages are unpacked into a cache folder
# and syslog-ng and loggen, its load generator, are run from there:
#   LD_LIBRARY_PATH=$PEERS_FOLDER/usr/lib/syslog-ng SYSLOGNG_PREFIX=$PEERS_FOLDER/usr \
#       $PEERS_FOLDER/usr/bin/loggen
PEERS_FOLDER=${AKASHI_PEERS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/akashi/peers}

# What they are linked with, besides what is in the packages themselves.
PEERS_PACKAGES="libglib2.0-0 libivykis0 libnet1 libpcre3"

# The clients from npm (clients/package.json, exact versions), for tests/e2e/collect_clients_test.py.
CLIENTS_FOLDER=${AKASHI_CLIENTS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/akashi/clients}

peers_unpack() {
    fetched=$(mktemp -d) || return 1
    (cd "$fetched" && apt-get download syslog-ng-core syslog-ng-mod-http >apt.log 2>&1 &&
        dpkg -x syslog-ng-core_*.deb root && dpkg -x syslog-ng-mod-http_*.deb root) ||
        { rm -rf "$fetched"; return 1; }
    mkdir -p "$(dirname "$PEERS_FOLDER")" && rm -rf "$PEERS_FOLDER" &&
        mv "$fetched/root" "$PEERS_FOLDER"
    peers_status=$?
    rm -rf "$fetched"
    return $peers_status
}

# Installed again when the list has changed. Without npm the tests that need them are skipped.
clients_install() {
    command -v npm >/dev/null || return 0
    cmp -s tests/e2e/clients/package.json "$CLIENTS_FOLDER/installed.json" && return 0
    mkdir -p "$CLIENTS_FOLDER" && cp tests/e2e/clients/package.json "$CLIENTS_FOLDER/" &&
        (cd "$CLIENTS_FOLDER" && npm install --no-audit --no-fund >npm.log 2>&1) &&
        cp "$CLIENTS_FOLDER/package.json" "$CLIENTS_FOLDER/installed.json"
}

# syslog-ng and loggen alone, as the benchmarks want them.
peers_syslog_ng() {
    AKASHI_PEERS=$PEERS_FOLDER
    export AKASHI_PEERS
    need $PEERS_PACKAGES
    [ ! -f "$PEERS_FOLDER/usr/lib/syslog-ng/3.38/libhttp.so" ] || return 0
    peers_unpack && return 0
    # Once more with fresh package lists.
    if [ "$(id -u)" -eq 0 ]; then
        apt-get update >/dev/null 2>&1
    elif command -v sudo >/dev/null; then
        sudo apt-get update >/dev/null 2>&1
    fi
    peers_unpack
}

peers_install() {
    AKASHI_CLIENTS=$CLIENTS_FOLDER
    export AKASHI_CLIENTS
    clients_install || say "the npm clients could not be installed; their tests are skipped"
    peers_syslog_ng
}
