#!/usr/bin/env bash
# Deploys the template on ministack, an independent emulator, reads everything back and compares.
# Installs it into target/infra-deploy, starts it on loopback and stops it again. Port: ICM_EMULATOR_PORT (4599).
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=target/infra-deploy
port=${ICM_EMULATOR_PORT:-4599}
if ! cmp -s tests/infra/requirements-deploy.txt "$tools/installed"; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r tests/infra/requirements-deploy.txt
  cp tests/infra/requirements-deploy.txt "$tools/installed"
fi

url="http://127.0.0.1:$port"
if curl --silent "$url" >/dev/null; then
  echo "port $port is taken: set ICM_EMULATOR_PORT"
  exit 1
fi
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port AWS_ENDPOINT_URL=$url AWS_DEFAULT_REGION=us-east-1 \
  "$tools/bin/ministack" >"$tools/emulator.log" 2>&1 &
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true' EXIT
for _ in $(seq 120); do
  curl --silent --fail "$url/_ministack/health" >/dev/null && break
  kill -0 "$emulator" || { echo "the emulator did not start: $tools/emulator.log"; exit 1; }
  sleep 0.5
done
AWS_ENDPOINT_URL=$url "$tools/bin/python" tests/infra/deploy_test.py
