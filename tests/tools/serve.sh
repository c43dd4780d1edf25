# The real program with the real course on a free port, for the scripts beside it; they source this.
#
#   start_server LAERD DATABASE_URL LOG      sets $server (the process) and $address
#   stop_server

server='' address=''

stop_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" || true
    server=''
}

start_server() {
    LAERD_DATABASE_URL=$2 LAERD_LISTEN=127.0.0.1:0 LAERD_LOG=info LAERD_LOG_FORMAT=text \
        LAERD_GUESTS_PER_MINUTE=1000000 LAERD_SIGN_INS_PER_MINUTE=1000000 \
        "$1" serve --load questions/medarbeiderskap 2>"$3" &
    server=$!
    for _ in $(seq 100); do
        address=$(sed -n 's/.* ready address=\([^ ]*\).*/\1/p' "$3")
        [ -z "$address" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.2
    done
    cat "$3" >&2
    echo "${0##*/}: the server did not start; its log is above" >&2
    exit 1
}
