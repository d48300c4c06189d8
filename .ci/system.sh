# What .ci/run takes from the system: packages, pgvector for Debian's Postgres 15, and a server that has it.
# Sourced by .ci/run, which sets $scratch and stops $server.

postgres_bin=/usr/lib/postgresql/15/bin
# A simple command, so that with & the $! is the program's own process, and signals reach it.
as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --inh-caps=-all)

packages=(
  chromium fonts-dejavu-core # pages, in a real browser
  bubblewrap procps redis-server # sandbox and queue, tested for real
  gcc make libc6-dev dpkg-dev postgresql-15 postgresql-server-dev-15 # pgvector and a server for it
)

install_packages() {
  dpkg-query -W -f '${Status}\n' "${packages[@]}" 2>/dev/null >"$scratch/status" || true
  if [ "$(grep -c '^install ok installed$' "$scratch/status")" = "${#packages[@]}" ]; then return; fi
  # No service of these packages shall start: the tests start their own.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=yes
  fi
  local code=0
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${packages[@]}"; } || code=$?
  if [ -n "$made" ]; then rm "$policy"; fi
  return "$code"
}

# Debian 12 has no pgvector; its source package in the next release builds for Postgres 15. The source list is
# this machine's own with another suite, in a folder of its own, so that nothing else comes from there.
install_pgvector() {
  if [ -e /usr/share/postgresql/15/extension/vector.control ]; then return; fi
  local apt=$scratch/apt uri
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts"
  uri=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" && $4 == "Debian" { print $1; exit }')
  if [ -z "$uri" ]; then
    echo 'No source of bookworm main is configured for apt, so there is none to take pgvector from.'
    return 1
  fi
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri trixie main" >"$apt/sources.list"
  local options=(
    -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/parts"
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
  )
  # Functions called in a condition do not stop at the first failure by themselves.
  (cd "$apt" && apt-get "${options[@]}" update -qq && apt-get "${options[@]}" source -qq pgvector) || return
  # Plain C for any processor, and no bitcode, which would take LLVM.
  local build=(make -C "$apt"/pgvector-*/ "PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config" with_llvm=no OPTFLAGS=)
  "${build[@]}" -j 2 && "${build[@]}" install
}

# Starts Postgres 15 on a free port with its data in $scratch, and sets $server and $vector_url.
start_vector_server() {
  local data=$scratch/postgres port
  port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => {
    console.log(s.address().port);
    s.close();
  });')
  vector_url="postgres://postgres@127.0.0.1:$port/postgres"
  chmod 755 "$scratch"
  install -d -o postgres -g postgres "$data"
  (cd "$data" && "${as_postgres[@]}" "$postgres_bin/initdb" -D "$data/data" --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8) >"$data.log" 2>&1 || { cat "$data.log"; return 1; }
  "${as_postgres[@]}" "$postgres_bin/postgres" -D "$data/data" -k "$data" -h 127.0.0.1 -p "$port" -c fsync=off \
    >"$data.log" 2>&1 &
  server=$!
  local has_vector
  for _ in $(seq 100); do
    if "$postgres_bin/pg_isready" -q -d "$vector_url"; then break; fi
    sleep 0.1
  done
  has_vector=$(psql -qAt -d "$vector_url" \
    -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'") || { cat "$data.log"; return 1; }
  # Without it the tests would take the other branch of the migration, and pass.
  if [ "$has_vector" != 1 ]; then
    echo 'Postgres 15 does not offer the extension vector, though it was installed.'
    return 1
  fi
}

stop_vector_server() {
  kill -INT "$server"
  wait "$server" || true
  server=
}
