#!/usr/bin/env bash
# A throw-away PostgreSQL in a folder, on a free port of 127.0.0.1, superuser postgres without a password.
#
#   cluster.sh start FOLDER [SETTING=VALUE…]   make it if need be, run it, print its URL
#   cluster.sh restart FOLDER [fast|immediate] stop it so and run it again on the same port; back when it answers
#   cluster.sh kill FOLDER                     kill -9 for all of its processes; `start` recovers it
#   cluster.sh stop FOLDER                     stop it and keep the folder
#   cluster.sh remove FOLDER                   stop it and remove the folder
#
# FOLDER lies where the user postgres may go, such as in /tmp: PostgreSQL refuses to run as root.
set -euo pipefail

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

tools() {
    local initdb
    initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)
    [ -n "$initdb" ] || initdb=$(command -v initdb) || { echo "cluster: PostgreSQL is missing" >&2; exit 1; }
    dirname "$initdb"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

make_cluster() {
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    free_port >"$folder/port"
    as_postgres "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale C >/dev/null
    {
        echo "port = $(cat "$folder/port")"
        echo "unix_socket_directories = '$folder'"
        echo "listen_addresses = '127.0.0.1'"
        echo "max_connections = 300"
        printf '%s\n' "$@"
    } | as_postgres tee -a "$folder/data/postgresql.conf" >/dev/null
}

# Without the descriptors of the caller, who may wait for their end.
control() {
    as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 120 "$@" >/dev/null </dev/null 2>"$folder/control" || {
        cat "$folder/control" "$folder/log" >&2
        return 1
    }
}

is_running() { as_postgres "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; }

kill_all() {
    local postmaster
    postmaster=$(head -n 1 "$folder/data/postmaster.pid")
    # Every backend is its child and of a session of its own, so each is named.
    # shellcheck disable=SC2046 # several ids
    as_postgres kill -KILL "$postmaster" $(ps -o pid= --ppid "$postmaster") || true
    while ps -p "$postmaster" >/dev/null; do sleep 0.01; done
}

if [ $# -lt 2 ]; then
    sed -n '2,/^set/s/^#\( \|$\)//p' "$0" >&2
    exit 2
fi
command=$1 folder=$(realpath -m "$2") bin=$(tools)
shift 2
# Where the user postgres may be, unlike the caller's folder.
cd /
case $command in
    start)
        [ -e "$folder/port" ] || make_cluster "$@"
        control start
        echo "postgres://postgres@127.0.0.1:$(cat "$folder/port")/postgres"
        ;;
    restart) control restart -m "${1:-fast}" ;;
    kill) kill_all ;;
    stop) ! is_running || control stop -m fast ;;
    remove)
        ! is_running || control stop -m immediate
        rm -rf "$folder"
        ;;
    *)
        echo "cluster: there is no command $command" >&2
        exit 2
        ;;
esac
