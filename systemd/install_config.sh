#!/bin/sh
# install_config.sh FILE FOLDER: puts the file there, unless there is one already.
set -eu
target="${DESTDIR:-}$2/$(basename "$1")"
if [ -e "$target" ]; then
  echo "Keeping $target"
  exit 0
fi
install -D -m 644 "$1" "$target"
