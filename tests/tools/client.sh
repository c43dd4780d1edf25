#!/usr/bin/env bash
# What a client developer does: types from the specification, the published vectors, a small offline client on a running
# server. Node and openapi-python-client must be on the PATH.
#
#   client.sh LAERD
set -euo pipefail

laerd=$(realpath "$1")
work=$(mktemp -d)
# shellcheck source=tests/tools/serve.sh
source "$(dirname "$0")/serve.sh"

# shellcheck disable=SC2329 # called by the trap
clean_up() {
    stop_server
    rm -rf "$work"
}
trap clean_up EXIT

npm run --silent --prefix tests/client types
npm run --silent --prefix tests/client check
npm run --silent --prefix tests/client vectors

start_server "$laerd" "sqlite:$work/laerd.db" "$work/log"
LAERD_ADDRESS=http://$address npm run --silent --prefix tests/client server || {
    tail -n 20 "$work/log" >&2
    exit 1
}
stop_server

openapi-python-client generate --path openapi/laerd-v1.json --config tests/tools/python-client.yaml \
    --output-path "$work/python" --meta none --fail-on-warning
