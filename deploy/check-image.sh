#!/usr/bin/env bash
# Runs the entry point of an image built with build-image.sh and checks what docs/image.md promises: the user, the AOT
# cache, both ports, the health check, the end on SIGTERM. Needs root, buildah and curl.
#
# Usage: deploy/check-image.sh [TAG [FLAG...]]      (default: goaround --demo; the ports are 13000 and 13001)
set -euo pipefail

tag=${1:-goaround}
shift || true
[[ $# -gt 0 ]] || set -- --demo
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
log=$(mktemp)
container=$(buildah from --pull=never "$tag")
java=
trap '[[ -z $java ]] || kill -KILL "$java" 2>/dev/null || true; buildah rm "$container" >/dev/null; rm -f "$log"' EXIT

fail() {
    printf 'check-image.sh: %s\n' "$1" >&2
    cat "$log" >&2
    exit 1
}

# Prints the process that is not buildah's own among the descendants of process $1.
descendant() {
    local child
    for child in $(pgrep -P "$1"); do
        if [[ $(cat "/proc/$child/comm") == java ]]; then
            printf '%s' "$child"
        else
            descendant "$child"
        fi
    done
}

health_check() {
    buildah run "$container" -- bash /app/healthcheck.sh >/dev/null 2>&1
}

# The port of the health check comes from the environment here, because this isolation has no process 1 of its own.
buildah config --env MANAGEMENT_SERVER_PORT=13001 --env JAVA_TOOL_OPTIONS='-XX:AOTMode=on -Xmx256m' "$container"
mapfile -t entrypoint < <(buildah inspect --format '{{range .Docker.Config.Entrypoint}}{{println .}}{{end}}' "$container" | sed '/^$/d')
buildah run "$container" -- "${entrypoint[@]}" --server.port=13000 "$@" >"$log" 2>&1 &
runner=$!

for ((tenth = 0; ; tenth++)); do
    [[ $(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:13001/actuator/health/liveness) == 200 ]] && break
    kill -0 "$runner" 2>/dev/null || fail "it ended before it was ready (-XX:AOTMode=on refuses to start without the cache)."
    ((tenth < 600)) || fail "it was not ready within a minute."
    sleep 0.1
done
java=$(descendant "$runner")
[[ -n $java ]] || fail "found no java process."

user=$(awk '/^Uid:/ {print $2}' "/proc/$java/status")
[[ $user == 10001 ]] || fail "it runs as user $user."
tr '\0' ' ' <"/proc/$java/cmdline" | grep -q -- '-XX:AOTCache=' || fail "it runs without an AOT cache."
health_check || fail "the health check fails although it is alive."
# 127.0.0.2 answers only if the port is open on every address.
[[ $(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.2:13001/actuator/health) != 000 ]] ||
    fail "the management port is closed to the outside."
printf 'traffic port: %s, status: %s\n' \
    "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:13000/)" \
    "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:13001/actuator/goaround)"

kill -TERM "$java"
code=0
wait "$runner" || code=$?
java=
health_check && fail "the health check passes although it has ended."
printf 'user 10001, AOT cache in use, healthy while alive, exit code %s after SIGTERM\n' "$code"
