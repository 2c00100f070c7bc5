#!/bin/sh
# The main job on real input: takes in this machine's own logs and sample files, receives lines that
# real programs send at this moment, and shows who did what. Everything lives in a temporary folder.
#
# usage: tools/demo.sh [--once]    (after a build; ./dev demo does both)
set -eu
akashi=build/akashi
once=no
case "${1:-}" in
    --once) once=yes ;;
    "") ;;
    *) echo "usage: ./dev demo [--once]" >&2; exit 2 ;;
esac

work=$(mktemp -d)
server=""
# A key of its own, so that the demo leaves nothing behind.
(umask 377 && head -c 32 /dev/urandom >"$work/akashi.key")
export CREDENTIALS_DIRECTORY="$work"
finish() {
    trap - EXIT INT TERM
    [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
say() { printf '\n== %s\n' "$*"; }

say "1. logs that are there already"
mkdir "$work/input"
build/tests/support/evtx_make "$work/input/Security.evtx"
if command -v journalctl >/dev/null; then
    journalctl --no-pager -q -o short-iso -n 5000 >"$work/input/journal.log" 2>/dev/null || true
fi
for log in /var/log/auth.log /var/log/syslog /var/log/messages /var/log/dpkg.log /var/log/apt/history.log; do
    [ -r "$log" ] && tail -n 5000 "$log" >"$work/input/$(basename "$log")"
done
find "$work/input" -type f -empty -delete
ls -l "$work/input" | awk 'NR > 1 {print "   " $NF ", " $5 " bytes"}'
"$akashi" import --data "$work/data" "$work/input"
corpus=${AKASHI_CORPUS:-../shared/corpus}
if [ -d "$corpus/evtx" ]; then
    echo "   and the Windows event files of $corpus/evtx"
    # Some of them are damaged on purpose: each is named, the rest is read.
    "$akashi" import --data "$work/data" "$corpus/evtx" 2>"$work/corpus.txt" || true
    echo "   $(grep -c 'damaged' "$work/corpus.txt" || true) damaged places named; $(tail -n 1 "$work/corpus.txt")"
fi

say "2. the server"
start() {
    "$akashi" serve --data "$work/data" --http "$1" --syslog "$2" 2>"$work/server.txt" &
    server=$!
    for _ in $(seq 100); do
        grep -q '^ready' "$work/server.txt" && return 0
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}
# The usual ports; any free ones when somebody has them.
start 8080 5514 || start 0 0 || { cat "$work/server.txt" >&2; exit 1; }
http=$(sed -n 's/^ready.* http=\([0-9]*\).*/\1/p' "$work/server.txt")
syslog=$(sed -n 's/^ready.* syslog=\([0-9]*\).*/\1/p' "$work/server.txt")
echo "   page:   http://127.0.0.1:$http/"
echo "   syslog: 127.0.0.1 port $syslog, UDP and TCP"

grep -o 'code: [A-Z0-9-]*' "$work/server.txt" | sed 's/^/   first administrator, with this /' || true

say "3. lines that programs send now"
send() {
    logger -n 127.0.0.1 -P "$syslog" "$@"
}
send --tcp --octet-count -t sshd -p authpriv.info "Failed password for invalid user admin from 192.0.2.44 port 52144 ssh2"
send --tcp -t sshd -p authpriv.info "Accepted publickey for tanaka from 192.0.2.17 port 40022 ssh2"
send --udp --rfc3164 -t sudo -p authpriv.notice "  tanaka : TTY=pts/0 ; PWD=/srv/drawings ; USER=root ; COMMAND=/usr/bin/rm old.dxf"
send --udp -t useradd -p authpriv.info "new user: name=suzuki, UID=1007, GID=1007, home=/home/suzuki, shell=/bin/bash, from=pts/0"
uname -a | send --tcp -t demo
sent=5
for _ in $(seq 50); do
    stored=$("$akashi" search --data "$work/data" --format json --limit 0 '_file:syslog*' 2>/dev/null | wc -l)
    [ "$stored" -ge "$sent" ] && break
    sleep 0.1
done
echo "   $stored of $sent are stored and found"

say "4. a factory's day, with an attack in it"
"$akashi" simulate ransomware --people 20 --to "127.0.0.1:$syslog"

say "5. who did what (newest first)"
"$akashi" search --data "$work/data" 'NOT action:OTHER | head 25'
say "6. who failed to log on, and how often"
"$akashi" search --data "$work/data" 'action:LOGON_FAIL | stats count() by user.name | head 10'

say "7. what must be looked at"
for _ in $(seq 60); do
    "$akashi" alerts list --data "$work/data" >"$work/alerts.txt" 2>/dev/null || true
    grep -q 'Three phases\|3つの段階' "$work/alerts.txt" && break
    sleep 0.5
done
head -n 6 "$work/alerts.txt"
stories=$(wc -l <"$work/alerts.txt")

if [ "$once" = yes ]; then
    [ "$stored" -ge "$sent" ] || { echo "some lines were not stored" >&2; exit 1; }
    [ "$stories" -gt 0 ] || { echo "the attack was not seen" >&2; exit 1; }
    exit 0
fi
say "8. live: what comes in now; try   logger -n 127.0.0.1 -P $syslog -T hello   (Ctrl-C ends)"
"$akashi" search --data "$work/data" --follow ''
