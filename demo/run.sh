#!/usr/bin/env bash
# A broker, the daemon and a simulated cluster in ./demo-run; `./dev demo` builds first and calls this.
# Ends with Ctrl-C, or by itself after DEMO_SECONDS. DEMO_BUILD names another build folder,
# DEMO_FOLDER another place, DEMO_PORT a fixed HTTP port.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=${DEMO_BUILD:-$root/build}
folder=${DEMO_FOLDER:-$root/demo-run}
seconds=${DEMO_SECONDS:-0}
PATH=$PATH:/usr/sbin
daemon=$build/daemon/jobledgerd
cli=$build/cli/jobledger

for program in "$daemon" "$cli" "$(command -v nats-server || echo nats-server)"; do
  [ -x "$program" ] || { echo "demo: $program is missing; ./dev demo builds and installs it" >&2; exit 1; }
done

# Children end in reverse order of their start, each by its own pid.
children=()
finish() {
  local status=$? i
  trap - EXIT INT TERM
  echo
  echo "demo: ending"
  for ((i = ${#children[@]} - 1; i >= 0; i--)); do
    kill -TERM "${children[i]}" 2>/dev/null || true
    wait "${children[i]}" 2>/dev/null || true
  done
  echo "demo: all ended; logs and data stay in $folder"
  exit "$status"
}
trap finish EXIT
trap 'exit 0' INT TERM

# wait_for NAME PID COMMAND...: until the command succeeds; fails when the process has died.
wait_for() {
  local name=$1 pid=$2 try
  shift 2
  for ((try = 0; try < 600; try++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "demo: $name did not come up; see $folder/$name.log:" >&2
  tail -n 20 "$folder/$name.log" >&2
  return 1
}

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches only this script.
start() {
  local name=$1
  shift
  setsid "$@" >>"$folder/$name.log" 2>&1 &
  children+=($!)
}

# All of the last start goes, but its ports: bookmarks and shells that know them stay right.
mkdir -p "$folder"
find "$folder" -mindepth 1 -maxdepth 1 ! -name '*.port' -exec rm -rf {} +
nats_port=$(demo/free_port.py "$folder/nats.port")
http_port=${DEMO_PORT:-$(demo/free_port.py "$folder/http.port")}
url=http://127.0.0.1:$http_port
export JOBLEDGER_SOCKET=$folder/control.sock

web/graphiql/collect.sh "$folder/graphiql"
cat >"$folder/jobledger.yaml" <<YAML
http:
  listen: 127.0.0.1:$http_port
  graphiql: $folder/graphiql
  socket: $JOBLEDGER_SOCKET
nats:
  url: nats://127.0.0.1:$nats_port
storage:
  path: $folder/db
archive:
  path: $folder/archive
YAML

# What the cluster is; the archive and the simulator must agree on it.
shape=(--cluster demo --nodes 32 --gpu-nodes 4 --metric-interval 10)
echo "demo: an archive of 500 finished jobs"
"$cli" simulate --write-archive "$folder/archive" "${shape[@]}" --jobs 500 --jobs-per-minute 10 \
  --mean-duration 1200 --seed 7 >"$folder/archive.log"

echo "demo: a broker with JetStream"
start nats-server nats-server -a 127.0.0.1 -p "$nats_port" -js -sd "$folder/jetstream"
wait_for nats-server "${children[-1]}" bash -c "</dev/tcp/127.0.0.1/$nats_port"

echo "demo: the daemon, importing the archive"
start daemon "$daemon" --config "$folder/jobledger.yaml" --init-db
wait_for daemon "${children[-1]}" curl -fsS "$url/readyz"
daemon_pid=${children[-1]}

echo "demo: a cluster of 36 nodes, its jobs and what its agents measure; the last 20 minutes at once"
start simulator "$cli" simulate --nats "nats://127.0.0.1:$nats_port" "${shape[@]}" \
  --start "$(($(date +%s) - 1200))" --compress 300 \
  --jobs-per-minute 20 --mean-duration 400 --node-reports 10 --duplicates 0.02 --swapped 0.02 \
  --malformed 0.005 --seed "$(date +%s)"
simulator_pid=${children[-1]}

# Of the jobs that run, "index-id job-id" of the one that has run longest, as an example for below ...
running_job() {
  local query="{ jobs(filter: [{state: [running]${1:-}}], page: {itemsPerPage: 1, page: 1}, "
  query+='order: {field: \"startTime\", type: \"col\", order: ASC}) { items { id jobId } } }'
  curl -fsS "$url/query" -H 'Content-Type: application/json' -d "{\"query\":\"$query\"}" |
    sed -n 's/.*"id":\([0-9]*\),"jobId":\([0-9]*\).*/\1 \2/p' | grep .
}
# ... once the present is reached: in the past many run that have ended by now.
present_reached() {
  running_job ", startTime: {from: \\\"$(date -u -d '-30 seconds' +%FT%TZ)\\\"}"
}
wait_for simulator "$simulator_pid" present_reached
read -r index_id job_id <<<"$(running_job)"

cat <<TEXT

  Open     $url/          what there is to look at
  Queries  $url/graphiql  to write them by hand
  Metrics  $url/metrics
  Files    $folder/archive   fills while jobs end

  The ten newest jobs, by GraphQL:

    curl -s $url/query -H 'Content-Type: application/json' -d '{"query":"{ jobs(order: {field: \"startTime\", type: \"col\", order: DESC}, page: {itemsPerPage: 10, page: 1}) { count items { jobId user state numNodes startTime duration } } }"}'

  What is measured of a job that runs now, a value a minute for each of its nodes:

    curl -s $url/query -H 'Content-Type: application/json' -d '{"query":"{ jobMetrics(id: \"$index_id\", metrics: [\"cpu_user\", \"mem_used\"], scopes: [\"node\"], resolution: 60) { name metric { unit { prefix base } timestep series { hostname coverage statistics { min avg max } data } } } }"}'

  The same for people, and how the daemon is:

    export JOBLEDGER_SOCKET=$folder/control.sock
    ${cli#"$root"/} jobs --limit 10
    ${cli#"$root"/} job $job_id         (any of them: what it used, how well, what could be better)
    ${cli#"$root"/} status
    ${cli#"$root"/} status --unmatched     (a few lines that nobody knows are mixed in)
    ${cli#"$root"/} dead-letters list      (and a few broken messages)

TEXT
if [ "$seconds" -gt 0 ]; then
  echo "  Ends after $seconds seconds."
  deadline=$((SECONDS + seconds))
else
  echo "  Ctrl-C ends it."
  deadline=
fi

while [ -z "$deadline" ] || [ "$SECONDS" -lt "$deadline" ]; do
  for pid in "$daemon_pid" "$simulator_pid"; do
    kill -0 "$pid" 2>/dev/null || { echo "demo: a part has died; see $folder/*.log" >&2; exit 1; }
  done
  sleep 1
done

echo
"$cli" status
"$cli" jobs --limit 5
"$cli" job "$job_id"
