#!/usr/bin/env bash
# The services that the test suites need, on free ports of 127.0.0.1: PostgreSQL, one Redis, and a Redis
# Cluster of three masters. They are this checkout's own; a system-wide server is neither used nor touched.
#
#   tests/services.sh start     start what is not running (twice gives one set)
#   tests/services.sh stop      stop them and remove their data
#   tests/services.sh status    exit 0 when all answer
#   tests/services.sh env       print the variables, for: eval "$(tests/services.sh env)"
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
state=$here/.services
node_timeout=2000

die() { echo "services: $*" >&2; exit 1; }

# initdb and postgres refuse to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

postgres_bin() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -1) || true
    if [ -n "$newest" ]; then echo "$newest"; else dirname "$(command -v pg_ctl)"; fi
}

# A port below the ephemeral range that nobody listens on. A cluster node needs the one 10000 above it as well.
free_port() {
    local port
    for _ in $(seq 200); do
        port=$((15000 + RANDOM % 7000))
        case " ${taken:-} " in *" $port "*) continue ;; esac
        if ! listens "$port" && ! listens $((port + 10000)); then echo "$port"; return; fi
    done
    die "found no free port"
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

wait_until() {
    local what=$1; shift
    for _ in $(seq 200); do "$@" && return; sleep 0.1; done
    die "$what did not come up; see its log in $state"
}

start_postgres() {
    local bin data=$state/pg
    bin=$(postgres_bin)
    [ -x "$bin/initdb" ] || die "PostgreSQL is not installed (tests/setup.sh --tests installs it)"
    mkdir -p "$data"
    if [ "$(id -u)" = 0 ]; then
        id postgres >/dev/null 2>&1 || die "no user postgres to run PostgreSQL as; root may not"
        chown postgres "$data"
        if ! as_postgres test -x "$data" 2>/dev/null; then
            # The checkout lies in a directory that user postgres may not enter.
            rmdir "$data"
            data=$(mktemp -d /tmp/latchkey-pg.XXXXXXXX)
            chown postgres "$data"
        fi
    fi
    echo "$data" >"$state/pgdata"
    as_postgres "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$state/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -1 "$state/initdb.log")"
    # Test data may be lost in a crash of the machine; nothing here may wait for a disk.
    as_postgres tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $pg_port
unix_socket_directories = ''
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
    as_postgres "$bin/pg_ctl" -D "$data" -l "$data/server.log" -w -t 60 start >/dev/null 9>&- ||
        die "PostgreSQL did not start; see $data/server.log"
}

start_redis() {
    local name=$1 port=$2; shift 2
    mkdir -p "$state/$name"
    redis-server --port "$port" --bind 127.0.0.1 --dir "$state/$name" --save '' --appendonly no \
        --daemonize yes --pidfile "$state/$name/pid" --logfile "$state/$name/log" "$@" >/dev/null 9>&-
    wait_until "Redis on port $port" redis_answers "$port"
}

redis_answers() { [ "$(redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null)" = PONG ]; }

cluster_is_ok() { redis-cli -h 127.0.0.1 -p "$1" cluster info 2>/dev/null | grep -q cluster_state:ok; }

start_cluster() {
    local port nodes=()
    for port in $cluster_ports; do
        start_redis "cluster-$port" "$port" --cluster-enabled yes --cluster-config-file nodes.conf \
            --cluster-node-timeout "$node_timeout"
        nodes+=("127.0.0.1:$port")
    done
    redis-cli --cluster create "${nodes[@]}" --cluster-replicas 0 --cluster-yes >"$state/cluster.log" 2>&1 ||
        die "the cluster was not formed: $(tail -1 "$state/cluster.log")"
    for port in $cluster_ports; do wait_until "the cluster" cluster_is_ok "$port"; done
}

start() {
    command -v redis-server >/dev/null || die "Redis is not installed (tests/setup.sh --tests installs it)"
    if is_running; then echo "services: already running"; return; fi
    stop_all
    mkdir -p "$state"
    pg_port=$(free_port); taken=$pg_port
    redis_port=$(free_port); taken="$taken $redis_port"
    cluster_ports=
    for _ in 1 2 3; do
        cluster_ports="$cluster_ports $(free_port)"
        # shellcheck disable=SC2034 # read by free_port
        taken="$pg_port $redis_port $cluster_ports"
    done
    start_postgres
    start_redis redis "$redis_port"
    start_cluster
    local cluster_url
    cluster_url="redis+cluster://$(for port in $cluster_ports; do printf '127.0.0.1:%s,' "$port"; done)"
    # Written last and in one step: it stands for "all of them came up".
    cat >"$state/env.new" <<ENV
export LATCHKEY_TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:$pg_port/postgres
export LATCHKEY_TEST_REDIS_URL=redis://127.0.0.1:$redis_port
export LATCHKEY_TEST_REDIS_CLUSTER_URL=${cluster_url%,}
ENV
    mv "$state/env.new" "$state/env"
    echo "services: started"
}

is_running() {
    [ -f "$state/env" ] || return 1
    local port ports
    ports=$(grep -o '127\.0\.0\.1:[0-9]*' "$state/env" | cut -d: -f2)
    for port in $ports; do listens "$port" || return 1; done
    # The ports may by now belong to someone else: each Redis must be the one in our directory.
    for pid_file in "$state"/*/pid; do is_our_redis "$pid_file" || return 1; done
    as_postgres "$(postgres_bin)/pg_ctl" -D "$(cat "$state/pgdata")" status >/dev/null 2>&1
}

# A process id alone may have been given to another process since a run that was killed.
is_our_redis() {
    [ -s "$1" ] && [ "$(readlink "/proc/$(cat "$1")/cwd" 2>/dev/null)" = "$(dirname "$1")" ]
}

stop_all() {
    local pid_file data
    [ -d "$state" ] || return 0
    for pid_file in "$state"/*/pid; do
        if is_our_redis "$pid_file"; then kill -9 "$(cat "$pid_file")" 2>/dev/null || true; fi
    done
    if [ -s "$state/pgdata" ]; then
        data=$(cat "$state/pgdata")
        as_postgres "$(postgres_bin)/pg_ctl" -D "$data" -m immediate -w stop >/dev/null 2>&1 || true
        case "$data" in /tmp/latchkey-pg.*) rm -rf "$data" ;; esac
    fi
    rm -rf "$state"
}

# Two runs at once would start two sets and keep track of one.
lock() {
    exec 9>"$here/.services.lock"
    flock 9
}

case "${1:-}" in
start) lock; start ;;
stop) lock; stop_all; echo "services: stopped" ;;
status) if is_running; then echo running; else echo "not running"; exit 1; fi ;;
env) [ -f "$state/env" ] || die "not running; start them with: make services"; cat "$state/env" ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
