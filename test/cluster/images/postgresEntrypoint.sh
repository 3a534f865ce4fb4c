#!/bin/sh
# Starts PostgreSQL with the settings that the official image takes: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, PGDATA,
# POSTGRES_INITDB_ARGS. Makes the database in an empty volume first.
set -eu

if [ "${1:-}" != postgres ]; then exec "$@"; fi

user=${POSTGRES_USER:-postgres}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -n "${POSTGRES_PASSWORD:-}" ] || { echo "POSTGRES_PASSWORD is empty" >&2; exit 1; }
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  # What an initdb that was killed has left would be refused as no empty folder.
  rm -rf "$PGDATA"/* "$PGDATA"/.[!.]*
  printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/lockstep-password
  # shellcheck disable=SC2086 # more than one argument is allowed
  initdb --username="$user" --pwfile=/tmp/lockstep-password --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/lockstep-password
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  database=${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE \"$database\"" | postgres --single -j -D "$PGDATA" postgres >/dev/null
  fi
fi
exec "$@" -D "$PGDATA" -c "listen_addresses=*" -c unix_socket_directories=/var/run/postgresql
