#!/usr/bin/env bash
# Runs GoAround with its demo backends, sends it requests, stops it, and leaves what the JVM learned in an AOT cache.
# Usage: train.sh JAR CACHE [FLAG...]   (in the image's build; needs bash and a Java 25 runtime, nothing else)
set -euo pipefail

jar=$1 cache=$2
shift 2
options=$(dirname "${BASH_SOURCE[0]}")/jvm.options
log=$(mktemp)

fail() {
    printf 'train.sh: %s\n' "$1" >&2
    cat "$log" >&2
    exit 1
}

# Prints a port on which nobody listens.
free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    printf '%s' "$port"
}

# Sends one request and prints the status of the answer, or nothing.
ask() {
    local port=$1 method=$2 path=$3 body=${4:-} status=
    {
        exec 3<>"/dev/tcp/127.0.0.1/$port" || return 0
        printf '%s %s HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' \
            "$method" "$path" "$port" "${#body}" "$body" >&3
        read -r -t 10 _ status _ <&3 || true
        cat <&3 >/dev/null || true
        exec 3<&- 3>&-
    } 2>/dev/null
    printf '%s' "$status"
}

traffic=$(free_port)
management=$(free_port)
java "@$options" "-XX:AOTCacheOutput=$cache" -jar "$jar" --demo \
    "--server.port=$traffic" "--management.server.port=$management" --management.server.address=127.0.0.1 \
    --goaround.shutdown.announce=0s "$@" >"$log" 2>&1 &
pid=$!
trap 'kill -KILL "$pid" 2>/dev/null || true; rm -f "$log"' EXIT

for ((second = 0; ; second++)); do
    [[ $(ask "$management" GET /actuator/health/liveness) == 200 ]] && break
    kill -0 "$pid" 2>/dev/null || fail "GoAround ended before it was ready."
    ((second < 60)) || fail "GoAround was not ready within a minute."
    sleep 1
done

declare -A answers=()
for ((request = 0; request < 300; request++)); do
    case $((request % 5)) in
        0) status=$(ask "$traffic" POST /training "a small body") ;;
        1) status=$(ask "$traffic" HEAD /training) ;;
        *) status=$(ask "$traffic" GET "/training?request=$request") ;;
    esac
    answers[${status:-none}]=$((${answers[${status:-none}]:-0} + 1))
done
for path in /actuator/goaround /actuator/prometheus /actuator/health /actuator/health/readiness /actuator/info /; do
    ask "$management" GET "$path" >/dev/null
done

kill -TERM "$pid"
code=0
wait "$pid" || code=$?
trap 'rm -f "$log"' EXIT
# 143 is a JVM that ended by the signal.
[[ $code == 0 || $code == 143 ]] || fail "GoAround ended with $code."
[[ -s $cache ]] || fail "the JVM left no AOT cache."
for status in "${!answers[@]}"; do
    printf 'train.sh: %s requests were answered with %s\n' "${answers[$status]}" "$status"
done
