#!/usr/bin/env bash
# The console in a real browser, and the API from its own document.
#
#   tests/console/check.sh            browser paths, axe on every page, screenshots in target/console/pictures
#   tests/console/check.sh api        schemathesis from /openapi.json (a virtual environment under target/)
#
# Needs a built `icm` (ICM_BIN, else target/debug/icm, else target/release/icm), Chromium, node and npm; skips visibly
# where one is missing. Debian: apt-get install chromium nodejs npm python3-venv
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/target/console
mkdir -p "$here"
skip() { echo "SKIPPED: $*"; exit 0; }

icm=${ICM_BIN:-}
for built in target/debug/icm target/release/icm; do
  if [ -z "$icm" ] && [ -x "$built" ]; then icm=$built; fi
done
[ -n "$icm" ] || skip "icm is not built"

serve() { # serve ARGUMENTS…: starts the console, sets $base
  "$icm" serve --port 0 --members "${ICM_MEMBERS:-1500}" --days "${ICM_DAYS:-4}" "$@" 2> "$here/serve.log" &
  served=$!
  trap 'kill $served 2>/dev/null || true' EXIT
  for _ in $(seq 1 600); do
    base=$(sed -n 's/^ *console *\(http:[^ ]*\)\/console$/\1/p' "$here/serve.log")
    [ -n "$base" ] && return
    kill -0 $served 2>/dev/null || { cat "$here/serve.log"; exit 1; }
    sleep 0.5
  done
  cat "$here/serve.log"; exit 1
}

case "${1:-browser}" in
browser)
  chromium=$(command -v chromium || command -v chromium-browser || true)
  [ -n "$chromium" ] || skip "chromium is not installed"
  command -v node >/dev/null && command -v npm >/dev/null || skip "node is not installed"
  if [ ! -d "$here/node_modules/axe-core" ]; then
    npm install --prefix "$here" --no-save --no-audit --no-fund --silent puppeteer-core@25.16.0 axe-core@4.14.1 \
      || skip "puppeteer-core and axe-core could not be installed"
  fi
  serve
  ICM_BROWSER_MODULES=$here ICM_CHROMIUM=$chromium ICM_CONSOLE=$base ICM_PICTURES=$here/pictures \
    node tests/console/browser.mjs
  ;;
api)
  command -v python3 >/dev/null || skip "python3 is not installed"
  if [ ! -x "$here/venv/bin/schemathesis" ]; then
    python3 -m venv "$here/venv" && "$here/venv/bin/pip" -q install schemathesis==4.32.5 || skip "schemathesis could not be installed"
  fi
  serve
  # Paths name a member with an open case, so that commands reach the case machine and not only "not found".
  member=$(curl -s "$base/v1/worklist?limit=1" | sed -n 's/.*"member_id":"\([^"]*\)".*/\1/p')
  printf '[parameters]\n"path.member" = "%s"\n"path.program" = "ICM"\n' "$member" > "$here/schemathesis.toml"
  # Times are bounded; what a role may not do is tested in process. Negative data may be refused with 400 to 422.
  # From its own folder: it leaves its notes where it stands.
  cd "$here"
  "$here/venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$base/openapi.json" --max-examples "${ICM_EXAMPLES:-25}" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --mode positive --workers 1
  ;;
*) echo "usage: $0 [browser|api]"; exit 64 ;;
esac
