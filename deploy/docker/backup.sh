#!/bin/bash
# Backs the database and the storage up once a day at BACKUP_AT (UTC), keeps
# BACKUP_DAYS of the database. `backup.sh now` does it once.
#
# What is in the storage is never changed once it is published, so new files are
# added to the copy; those that were deleted stay in it.
set -euo pipefail
umask 077

# Container secrets come as files; libpq reads passwords from one of its own form.
if [ -e /run/secrets/postgres_password ]; then
  printf '*:*:*:*:%s\n' "$(sed 's/[\\:]/\\&/g' /run/secrets/postgres_password)" >/tmp/pgpass
  export PGPASSFILE=/tmp/pgpass
fi
to=${BACKUP_DIR:-/backup} from=${STORAGE_DIR:-/storage}

backup() {
  local name
  name=$to/database-$(date -u +%Y%m%dT%H%M%SZ).dump
  pg_dump --format=custom --file="$name.part"
  pg_restore --list "$name.part" >/dev/null # it can be read
  mv "$name.part" "$name"
  mkdir -p "$to/storage"
  cp -a --update=none "$from/." "$to/storage/" 2>/dev/null || cp -an "$from/." "$to/storage/"
  find "$to" -maxdepth 1 -name 'database-*.dump' -mtime "+${BACKUP_DAYS:-14}" -delete
  date -u +%FT%TZ >"$to/last"
  echo "backup done: $name ($(stat -c %s "$name") bytes)"
}

if [ "${1:-}" = now ]; then
  backup
  exit
fi
while true; do
  due=$(date -u -d "today ${BACKUP_AT:-02:30}" +%s) now=$(date -u +%s)
  [ "$due" -gt "$now" ] || due=$((due + 86400))
  sleep $((due - now)) &
  wait $!
  backup || echo "BACKUP FAILED" >&2
done
