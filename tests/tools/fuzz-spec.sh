#!/usr/bin/env bash
# Tries the specification on a running server: thousands of requests made from it, each response checked against it.
# On SQLite, and on PostgreSQL too where TEST_POSTGRES names a server. Half a minute for each.
#
#   fuzz-spec.sh LAERD SCHEMATHESIS      FUZZ_EXAMPLES=1000 FUZZ_SEED=7 for a longer and another run
set -euo pipefail

laerd=$1 schemathesis=$2
# A fixed seed: CI judges the change, not the luck of the day.
examples=${FUZZ_EXAMPLES:-100} seed=${FUZZ_SEED:-1}
postgres=${TEST_POSTGRES:-}

work=$(mktemp -d)
database='' failed=0
# shellcheck source=tests/tools/serve.sh
source "$(dirname "$0")/serve.sh"

# shellcheck disable=SC2329 # called by the trap
clean_up() {
    stop_server
    [ -z "$database" ] || psql -q "$postgres" -c "DROP DATABASE IF EXISTS $database" || true
    rm -rf "$work"
}
trap clean_up EXIT

# In the folder of its own, where schemathesis leaves its notes.
check() {
    (cd "$work" && "$schemathesis" --config-file "$config" run "http://$address/openapi.json" --checks all \
        --max-examples "$examples" --seed "$seed" --generation-database none --no-color "$@") || failed=1
}

# Signing out and erasing end the token of a run, so they have a run of their own, with a new guest for each success.
fuzz() {
    start_server "$laerd" "$1" "$work/log"
    check --exclude-operation-id deleteMe --exclude-operation-id deleteTokens
    check --include-operation-id deleteMe --include-operation-id deleteTokens
    stop_server
    # What the server calls its own fault is one, whatever it answered.
    ! grep -m 5 -E ' ERROR |panicked' "$work/log" || failed=1
}

laerd=$(realpath "$laerd") schemathesis=$(realpath -s "$schemathesis")
config=$(realpath "$(dirname "$0")/schemathesis.toml")
fuzz "sqlite:$work/laerd.db"
if [ -n "$postgres" ]; then
    database=laerd_fuzz_$$
    psql -q "$postgres" -c "CREATE DATABASE $database"
    LAERD_DATABASE_URL=${postgres%/*}/$database "$laerd" migrate up
    fuzz "${postgres%/*}/$database"
else
    echo "fuzz-spec: TEST_POSTGRES is not set: only SQLite was tried"
fi
exit "$failed"
