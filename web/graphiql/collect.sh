#!/usr/bin/env bash
# usage: collect.sh FOLDER: puts the page and what it loads, after `npm ci` here, into one folder, as
# http.graphiql wants it.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p "$1"
cp index.html node_modules/graphiql/graphiql.min.{css,js} \
  node_modules/react/umd/react.production.min.js \
  node_modules/react-dom/umd/react-dom.production.min.js "$1"
