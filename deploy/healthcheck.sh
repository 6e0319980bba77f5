#!/usr/bin/env bash
# Exits 0 if GoAround answers its liveness probe, 1 if not. Needs bash alone: no curl, no second JVM.
# The management port is that of the command line of process 1, else $MANAGEMENT_SERVER_PORT, else 3001.
port=${MANAGEMENT_SERVER_PORT:-3001}

previous=
while IFS= read -r -d '' argument; do
    [[ $previous =~ ^--?management-port$ ]] && port=$argument
    [[ $argument =~ ^--?(management-port|management\.server\.port)=(.*)$ ]] && port=${BASH_REMATCH[2]}
    previous=$argument
done < <(cat /proc/1/cmdline 2>/dev/null)

{ exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || exit 1
printf 'GET /actuator/health/liveness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[[ $status == 200 ]]
