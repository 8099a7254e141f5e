#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes a Debian package for this machine's architecture: the command with the Swift runtime inside, ONNX
# Runtime, the unit, the configuration and the dashboards.
#
#   build-deb.sh [--binary FILE] [--version VERSION] [--out FOLDER]
#
# Without --binary it builds a release (10 minutes and more) in .build-deb. Needs what ../install.sh installs,
# and dpkg-deb.

set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
binary= version= out="$root/.build-deb"
while [ $# -gt 0 ]; do
    case "$1" in
    --binary) binary=$2; shift 2 ;;
    --version) version=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    *) sed -n '5,12s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
    esac
done
. "$root/Integration/install.sh"

if [ -z "$binary" ]; then
    (cd "$root" && swift build -c release --static-swift-stdlib --product sluice \
        --scratch-path "$root/.build-deb")
    binary="$root/.build-deb/release/sluice"
fi
[ -n "$version" ] || version="$("$binary" --version)"
architecture="$(dpkg --print-architecture)"

tree="$(mktemp -d)"
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
place() { install -D -m "${3:-644}" "$1" "$tree/$2"; }

place "$binary" usr/bin/sluice 755
strip --strip-unneeded "$tree/usr/bin/sluice"
library="$(basename "$SLUICE_ONNXRUNTIME")"
place "$SLUICE_ONNXRUNTIME" "usr/lib/sluice/$library"
ln -s "$library" "$tree/usr/lib/sluice/libonnxruntime.so"
place "$here/sluice.service" lib/systemd/system/sluice.service
place "$here/sluice.yaml" etc/sluice/sluice.yaml
for file in policy.yaml tests.yaml; do
    place "$here/policies/example/$file" "etc/sluice/policies/example/$file"
done
install -d -m 700 "$tree/etc/sluice/credentials" "$tree/etc/sluice/secret"
doc=usr/share/doc/sluice
place "$here/debian/README.md" $doc/README.md
place "$here/debian/copyright" $doc/copyright
place "$root/Integration/broker/mosquitto.conf" $doc/mosquitto.conf
for file in "$here"/grafana/*.json; do place "$file" "$doc/grafana/$(basename "$file")"; done
for file in "$here"/prometheus/*.yml; do place "$file" "$doc/prometheus/$(basename "$file")"; done
{
    printf 'sluice (%s) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n' "$version"
    printf ' -- The Sluice authors <sluice@localhost>  %s\n' "$(date -u -R)"
} | gzip -9n >"$tree/$doc/changelog.gz"
gzip -9nc "$root/CHANGELOG.md" >"$tree/$doc/CHANGELOG.md.gz"

# The command says its own manual and completions, where it can.
for shell in bash zsh fish; do
    case $shell in
    bash) completion=usr/share/bash-completion/completions/sluice ;;
    zsh) completion=usr/share/zsh/vendor-completions/_sluice ;;
    fish) completion=usr/share/fish/vendor_completions.d/sluice.fish ;;
    esac
    mkdir -p "$(dirname "$tree/$completion")"
    "$binary" --generate-completion-script $shell >"$tree/$completion"
done
manual="$tree/usr/share/man/man1"
mkdir -p "$manual"
# A page from the command's own help, so that it never says what the command does not.
{
    printf '.TH SLUICE 1 "" "sluice %s"\n.SH NAME\nsluice \\- edge-cloud gateway\n' "$version"
    printf '.SH DESCRIPTION\n.nf\n'
    "$binary" --help | sed -e 's/\\/\\\\/g; s/-/\\-/g; s/^\./\\\&./'
    printf '.fi\n.SH SEE ALSO\n/usr/share/doc/sluice/README.md\n'
} >"$manual/sluice.1"
gzip -9n "$manual"/*.1

control="$tree/DEBIAN"
mkdir -p "$control"
for script in postinst prerm postrm config; do
    install -m 755 "$here/debian/$script" "$control/$script"
done
install -m 644 "$here/debian/templates" "$control/templates"
(cd "$tree" && find etc -type f -printf '/%p\n' | sort) >"$control/conffiles"

# Which packages the libraries that it is linked with come from, by the linker's own word.
libraries() {
    (mkdir -p "$tree.work/debian" && cd "$tree.work" && : >debian/control &&
        printf 'Source: sluice\n\nPackage: sluice\nArchitecture: any\n' >debian/control &&
        dpkg-shlibdeps -O --ignore-missing-info -l"$tree/usr/lib/sluice" \
            "$tree/usr/bin/sluice" "$tree/usr/lib/sluice/$library" 2>/dev/null |
        sed -n 's/^shlibs:Depends=//p')
    rm -rf "$tree.work"
}
depends="$(libraries)"
[ -n "$depends" ] || { echo "build-deb.sh: dpkg-shlibdeps says nothing" >&2; exit 1; }
cat >"$control/control" <<CONTROL
Package: sluice
Version: $version
Architecture: $architecture
Maintainer: The Sluice authors <sluice@localhost>
Section: net
Priority: optional
Depends: $depends, adduser, debconf (>= 0.5) | debconf-2.0
Recommends: mosquitto, ca-certificates
Suggests: mosquitto-clients
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Description: edge-cloud gateway that decides where sensor messages go
 Sluice reads sensor messages from an MQTT broker and decides for each, by a policy and a local
 model, whether it is answered here, put to a bigger model in the cloud, or kept on disk for later.
 Nothing that was acknowledged to the broker is lost.
CONTROL
(cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z |
    xargs -0 md5sum) >"$control/md5sums"
chmod 644 "$control/md5sums" "$control/conffiles" "$control/control"

mkdir -p "$out"
package="$out/sluice_${version}_$architecture.deb"
dpkg-deb --root-owner-group -Zxz -z2 --build "$tree" "$package" >/dev/null
printf '%s\n' "$package"
