#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the container of a package and shows what it is meant to hold: not root, a read-only root, healthy, a reading
# decided, the spool kept over a new container.
#
#   try-container.sh SLUICE.deb [BASE]        BASE: another image than debian:bookworm-slim
#
# Wants root, podman and mosquitto's clients. CONTAINER_OPTIONS are further options of `podman run`.

set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
[ $# -ge 1 ] || { sed -n '5,11s/^# \{0,1\}//p' "$0" >&2; exit 64; }
name="sluice-try-$$" work="$(mktemp -d)" broker=''
finish() {
    podman rm -f "$name" >/dev/null 2>&1 || true
    podman volume rm -f "$name" >/dev/null 2>&1 || true
    podman rmi -f "localhost/$name" >/dev/null 2>&1 || true
    [ -z "$broker" ] || kill "$broker"
    rm -rf "$work"
}
trap finish EXIT

mkdir "$work/context"
cp "$1" "$work/context/sluice_try.deb"
podman build -q --format docker ${2:+--build-arg "BASE=$2"} ${BUILD_OPTIONS:-} -f "$here/Containerfile" \
    -t "localhost/$name" "$work/context" >/dev/null
echo "built: $(podman image inspect --format '{{.Size}}' "localhost/$name") bytes with its base"

port=$((20000 + RANDOM % 10000))
{ cat "$here/../broker/mosquitto.conf"; echo "listener $port 127.0.0.1"; echo 'allow_anonymous true'; } |
    sed 's/^persistence true/persistence false/' >"$work/mosquitto.conf"
PATH="$PATH:/usr/sbin" mosquitto -c "$work/mosquitto.conf" 2>"$work/mosquitto.log" &
broker=$!
mkdir -p "$work/site/policies"
cp -r "$here/policies/example" "$work/site/policies/"
sed "s/127.0.0.1:1883/127.0.0.1:$port/" "$here/sluice.yaml" >"$work/site/sluice.yaml"
chmod -R a+rX "$work"

begin() {
    # shellcheck disable=SC2086
    podman run -d --name "$name" --network host --read-only --cap-drop all --security-opt no-new-privileges \
        -v "$work/site:/etc/sluice:ro" -v "$name:/var/lib/sluice" \
        --tmpfs /run/sluice:rw,mode=1777 --stop-timeout 20 \
        ${CONTAINER_OPTIONS:-} "localhost/$name" >/dev/null
    for _ in $(seq 100); do
        podman exec "$name" sluice status --config /etc/sluice/sluice.yaml >"$work/status" 2>&1 && return
        sleep 0.3
    done
    podman logs "$name" >&2
    return 1
}
begin
echo "as: $(podman exec "$name" id)"
podman exec "$name" sh -c 'touch /usr/here 2>/dev/null' && { echo "the root can be written"; exit 1; }
podman healthcheck run "$name" && echo "health: good"
timeout 20 mosquitto_sub -h 127.0.0.1 -p "$port" -t 'alerts/#' -C 1 >"$work/alert" &
listener=$!
sleep 1
mosquitto_pub -h 127.0.0.1 -p "$port" -q 1 -t sluice/example/boiler -m '{"ts": 1767225600000, "temp": 97.5}'
wait "$listener" && echo "decided: an alert rang"
podman stop -t 20 "$name" >/dev/null
echo "stopped with $(podman inspect --format '{{.State.ExitCode}}' "$name")"
podman rm "$name" >/dev/null
begin
podman exec "$name" test -s /var/lib/sluice/spool.sqlite && echo "a new container has the spool of the former"
