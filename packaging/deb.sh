#!/bin/sh
# Makes akashi_VERSION_ARCH.deb of a build folder.
# usage: packaging/deb.sh BUILD_FOLDER [OUTPUT_FOLDER]
set -eu
cd "$(dirname "$0")/.."
build=$1
output=${2:-$build}
version=$("$build/akashi" --version | sed 's/^akashi \([^ ]*\).*/\1/')
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -D -m 755 -s "$build/akashi" "$root/usr/bin/akashi"
install -D -m 755 -s "$build/akashi-verify" "$root/usr/bin/akashi-verify"
install -D -m 644 packaging/systemd/akashi.service "$root/lib/systemd/system/akashi.service"
install -D -m 644 packaging/sysusers/akashi.conf "$root/usr/lib/sysusers.d/akashi.conf"
install -D -m 640 packaging/akashi.yaml "$root/etc/akashi/akashi.yaml"
if [ -d "$build/web" ]; then
    mkdir -p "$root/usr/share/akashi"
    cp -R "$build/web" "$root/usr/share/akashi/web"
fi
mkdir -p "$root/usr/share/doc/akashi"
cp -R doc/operate doc/search.md doc/sigma.md doc/packs.md doc/sources.md doc/sources.ja.md CHANGELOG.md "$root/usr/share/doc/akashi/"
install -m 644 LICENSE "$root/usr/share/doc/akashi/copyright"
for program in akashi akashi-verify; do
    python3 tools/man.py "$build/$program" >"$root/$program.1"
    install -D -m 644 "$root/$program.1" "$root/usr/share/man/man1/$program.1"
    rm "$root/$program.1"
    gzip -9n "$root/usr/share/man/man1/$program.1"
done
find "$root/usr" -type d -exec chmod 755 {} +
find "$root/usr/share" -type f -exec chmod 644 {} +

# The packages of the libraries that the program itself asks for; theirs come with them.
depends=$(objdump -p "$build/akashi" | sed -n 's/^ *NEEDED *//p' | while read -r library; do
    path=$(ldd "$build/akashi" | sed -n "s,^[[:space:]]*$library => \\([^ ]*\\) .*,\\1,p")
    dpkg -S "$(realpath "$path")" "$path" 2>/dev/null | head -n 1 | cut -d: -f1
done | sort -u | tr '\n' ',' | sed 's/,$//; s/,/, /g')

mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<TEXT
Package: akashi
Version: $version
Architecture: $architecture
Maintainer: Akashi <akashi@example.com>
Section: admin
Priority: optional
Depends: $depends, adduser
Recommends: systemd
Suggests: fonts-morisawa-bizud-gothic
Description: integrated log manager for small and mid-size manufacturers
 Collects the logs of servers, firewalls, routers and cloud services, tells in
 plain words who did what, keeps them encrypted and provably unchanged for a
 year or more, and says when something must be looked at.
TEXT
printf '/etc/akashi/akashi.yaml\n' >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "packaging/debian/$script" "$root/DEBIAN/$script"
done
dpkg-deb --root-owner-group --build "$root" "$output/akashi_${version}_$architecture.deb" >/dev/null
printf '%s\n' "$output/akashi_${version}_$architecture.deb"
