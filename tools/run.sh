#!/bin/sh
# What `make run` does once everything is installed: the demo firm into an empty home, then web and worker.
set -eu
: "${TRACTE_HOME:=$PWD/var}"
export TRACTE_HOME
tracte=.venv/bin/tracte
loading=$TRACTE_HOME/demo.loading

# Only a home nobody has used gets the demo firm. One whose loading was cut short is ours to begin again.
if [ -e "$loading" ] && [ -z "${TRACTE_DATABASE_URL:-}" ]; then
  rm -f "$TRACTE_HOME"/tracte.sqlite3 "$TRACTE_HOME"/tracte.sqlite3-wal "$TRACTE_HOME"/tracte.sqlite3-shm
fi
if [ -z "${TRACTE_DATABASE_URL:-}${TRACTE_DATABASE_URL_FILE:-}" ] && [ ! -e "$TRACTE_HOME/tracte.sqlite3" ]; then
  echo 'Making the demo firm ...'
  mkdir -p "$TRACTE_HOME"
  : >"$loading"
  "$tracte" migrate --verbosity 0
  "$tracte" demo
  rm -f "$loading"
fi
exec "$tracte" serve --host "$HOST" --port "$PORT"
