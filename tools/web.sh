#!/bin/sh
# tools/web.sh BUILD_FOLDER: makes BUILD_FOLDER/web from web/, when something it is made of has changed.
# Without npm, or when its libraries cannot be fetched, nothing is made and 3 is returned: the server works
# without a page.
set -eu
[ $# -eq 1 ] || { echo "usage: tools/web.sh BUILD_FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
command -v npm >/dev/null || { echo "npm is missing: the web page is not built" >&2; exit 3; }

# What the libraries are, and what the page is made of; neither the libraries themselves nor what is made.
sums() { find "$@" -type f ! -name schema.ts -exec sha256sum {} + | LC_ALL=C sort -k 2 | sha256sum; }
libraries=$(sums web/package.json web/package-lock.json)
wanted="$libraries $(sums web/src web/public web/index.html web/vite.config.ts web/tsconfig.json api/openapi.yaml)"
[ "$(cat "$folder/web.stamp" 2>/dev/null)" != "$wanted" ] || [ ! -f "$folder/web/index.html" ] || exit 0

log=$folder/web.log
fetch() {
    [ "$(cat web/node_modules/.stamp 2>/dev/null)" = "$libraries" ] && return 0
    (cd web && npm ci --no-audit --no-fund) && printf '%s' "$libraries" >web/node_modules/.stamp
}
make() {
    npm --prefix web run types && npm --prefix web run check && npm --prefix web run build -- --outDir "$folder/web" --emptyOutDir
}
if ! fetch >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "the libraries of the web page could not be fetched (whole output: $log): the page is not built" >&2
    exit 3
fi
if ! make >>"$log" 2>&1; then
    tail -n 30 "$log" >&2
    exit 1
fi
printf '%s' "$wanted" >"$folder/web.stamp"
