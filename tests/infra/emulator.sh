# Sourced by deploy.sh, run.sh and upgrade.sh: installs ministack into target/infra-deploy, starts it on loopback, stops
# it when the script ends. Port: ICM_EMULATOR_PORT (4599). Sets: tools, url; exports AWS_ENDPOINT_URL.
tools=target/infra-deploy
port=${ICM_EMULATOR_PORT:-4599}
url="http://127.0.0.1:$port"
emulator=

install_emulator() {
  if ! cmp -s tests/infra/requirements-deploy.txt "$tools/installed"; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check -r tests/infra/requirements-deploy.txt
    cp tests/infra/requirements-deploy.txt "$tools/installed"
  fi
}

stop_emulator() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  [ -z "$emulator" ] || wait "$emulator" 2>/dev/null || true
  emulator=
}

start_emulator() {
  if curl --silent "$url" >/dev/null; then
    echo "port $port is taken: set ICM_EMULATOR_PORT"
    exit 1
  fi
  BIND_HOST=127.0.0.1 GATEWAY_PORT=$port AWS_ENDPOINT_URL=$url AWS_DEFAULT_REGION=us-east-1 \
    "$tools/bin/ministack" >"$tools/emulator.log" 2>&1 &
  emulator=$!
  trap stop_emulator EXIT
  for _ in $(seq 240); do
    curl --silent --fail "$url/_ministack/health" >/dev/null && break
    kill -0 "$emulator" || { echo "the emulator did not start: $tools/emulator.log"; exit 1; }
    sleep 0.5
  done
  export AWS_ENDPOINT_URL=$url
}
