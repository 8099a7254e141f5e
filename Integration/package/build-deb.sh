#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes Debian packages for this machine's architecture: `sluice` (the command with the Swift runtime inside,
# ONNX Runtime, the unit, the configuration, manual pages, completions, dashboards) and `sluice-dbgsym` (what a
# debugger wants). Prints their paths.
#
#   build-deb.sh [--binary FILE] [--version VERSION] [--out FOLDER]
#
# Without --binary it builds a release (10 minutes and more) in .build-deb. Needs what ../install.sh installs,
# dpkg-dev and binutils. DEBFULLNAME and DEBEMAIL name the maintainer.

set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
binary='' version='' out="$root/.build-deb"
while [ $# -gt 0 ]; do
    case "$1" in
    --binary) binary=$2; shift 2 ;;
    --version) version=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    *) sed -n '5,12s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
    esac
done
# shellcheck source=../install.sh
. "$root/Integration/install.sh"
for tool in dpkg-shlibdeps objcopy; do
    command -v $tool >/dev/null || { echo "build-deb.sh: wants $tool" >&2; exit 1; }
done

if [ -z "$binary" ]; then
    (cd "$root" && swift build -c release --static-swift-stdlib --product sluice \
        -Xlinker -z -Xlinker now --scratch-path "$root/.build-deb")
    binary="$root/.build-deb/release/sluice"
fi
[ -n "$version" ] || version="$("$binary" --version)"
architecture="$(dpkg --print-architecture)"
maintainer="${DEBFULLNAME:-The Sluice authors} <${DEBEMAIL:-sluice@localhost}>"
# The same sources make the same package.
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
tree="$work/sluice" symbols="$work/sluice-dbgsym"
install -d -m 755 "$tree" "$symbols"
place() { install -D -m "${3:-644}" "$1" "$tree/$2"; }
squeezed() { gzip -9nc "$1" | install -D -m 644 /dev/stdin "$tree/$2"; }

# The command; its symbols go where a debugger finds them by the binary's build id.
place "$binary" usr/bin/sluice 755
id="$(readelf -n "$binary" | sed -n 's/^ *Build ID: //p')"
[ -n "$id" ] || { echo "build-deb.sh: $binary has no build id" >&2; exit 1; }
debug="usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
install -d "$symbols/$(dirname "$debug")"
objcopy --only-keep-debug --compress-debug-sections "$binary" "$symbols/$debug"
chmod 644 "$symbols/$debug"
install -d "$symbols/usr/share/doc"
ln -s sluice "$symbols/usr/share/doc/sluice-dbgsym"
strip --strip-unneeded --remove-section=.comment "$tree/usr/bin/sluice"
objcopy --add-gnu-debuglink="$symbols/$debug" "$tree/usr/bin/sluice"

library="$(basename "$SLUICE_ONNXRUNTIME")"
place "$SLUICE_ONNXRUNTIME" "usr/lib/sluice/$library"
ln -s "$library" "$tree/usr/lib/sluice/libonnxruntime.so"
place "$here/sluice.service" usr/lib/systemd/system/sluice.service
place "$here/sluice.yaml" etc/sluice/sluice.yaml
for file in policy.yaml tests.yaml; do
    place "$here/policies/example/$file" "etc/sluice/policies/example/$file"
done
install -d -m 700 "$tree/etc/sluice/credentials" "$tree/etc/sluice/secret"

# What the command says of itself.
python3 "$root/Integration/manual/manual.py" "$tree/usr/share" "$binary" >/dev/null
gzip -9n "$tree"/usr/share/man/man1/*.1
sed -i '1{/^#!/d}' "$tree/usr/share/bash-completion/completions/sluice"

doc=usr/share/doc/sluice examples=usr/share/doc/sluice/examples
place "$here/debian/README.md" $doc/README.md
place "$here/debian/copyright" $doc/copyright
place "$here/debian/overrides" usr/share/lintian/overrides/sluice
place "$root/Integration/broker/mosquitto.conf" $examples/mosquitto.conf
place "$here/Containerfile" $examples/Containerfile
for file in "$here"/grafana/*.json; do place "$file" "$examples/grafana/$(basename "$file")"; done
for file in "$here"/prometheus/*.yml; do place "$file" "$examples/prometheus/$(basename "$file")"; done
{
    printf 'sluice (%s) stable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n' "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} >"$work/changelog"
squeezed "$work/changelog" $doc/changelog.gz
squeezed "$root/CHANGELOG.md" $doc/CHANGELOG.md.gz
python3 "$here/notices.py" "$root" "$(dirname "$SLUICE_ONNXRUNTIME")" >"$work/third-party"
squeezed "$work/third-party" $doc/third-party.txt.gz

# Which packages the libraries that it is linked with come from, by the linker's own word.
mkdir "$work/debian"
printf 'Source: sluice\n\nPackage: sluice\nArchitecture: any\n' >"$work/debian/control"
depends="$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info -l"$tree/usr/lib/sluice" \
    "$tree/usr/bin/sluice" "$tree/usr/lib/sluice/$library" 2>"$work/shlibdeps" |
    sed -n 's/^shlibs:Depends=//p')"
[ -n "$depends" ] || { cat "$work/shlibdeps" >&2; exit 1; }

control="$tree/DEBIAN"
install -d "$control" "$symbols/DEBIAN"
for script in config postinst prerm postrm; do
    install -m 755 "$here/debian/$script" "$control/$script"
done
install -m 644 "$here/debian/templates" "$control/templates"
(cd "$tree" && find etc -type f -printf '/%p\n' | sort) >"$control/conffiles"
size() { du -sk --apparent-size --exclude=DEBIAN "$1" | cut -f1; }
common() {
    cat <<CONTROL
Source: sluice
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Priority: optional
CONTROL
}
{
    printf 'Package: sluice\n'
    common
    cat <<CONTROL
Section: net
Installed-Size: $(size "$tree")
Depends: $depends, adduser, debconf (>= 0.5) | debconf-2.0, init-system-helpers (>= 1.54)
Recommends: ca-certificates, mosquitto
Suggests: mosquitto-clients
Description: edge-cloud gateway that decides where sensor messages go
 Sluice reads sensor messages from an MQTT broker and decides for each, by a
 policy and a local model, whether it is answered here, put to a bigger model
 in the cloud, or kept on disk for later. Nothing that was acknowledged to the
 broker is lost.
CONTROL
} >"$control/control"
{
    printf 'Package: sluice-dbgsym\n'
    common
    cat <<CONTROL
Section: debug
Installed-Size: $(size "$symbols")
Auto-Built-Package: debug-symbols
Build-Ids: $id
Depends: sluice (= $version)
Description: debug symbols for sluice
CONTROL
} >"$symbols/DEBIAN/control"

mkdir -p "$out"
for folder in "$tree" "$symbols"; do
    (cd "$folder" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z |
        xargs -0 md5sum) >"$folder/DEBIAN/md5sums"
    chmod 644 "$folder"/DEBIAN/{control,md5sums}
    # Ours is the umask; the package's is 022.
    find "$folder" -type d ! -path '*/credentials' ! -path '*/secret' -exec chmod 755 {} +
    package="$out/$(basename "$folder")_${version}_$architecture.deb"
    # Symbols are compressed as they are: xz would take a minute for nothing.
    case $folder in *-dbgsym) method='-Zgzip -z1' ;; *) method=-Zxz ;; esac
    # shellcheck disable=SC2086
    dpkg-deb --root-owner-group $method --build "$folder" "$package" >/dev/null
    printf '%s\n' "$package"
done
