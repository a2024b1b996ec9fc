#!/usr/bin/env bash
# The real binaries on ministack, which runs them itself: a file dropped in the bucket, facts, decisions, cases, staff
# through the API, an offer, a vendor's replies, active. Then what the logs and attributes may not hold.
# Binaries and the icm command: ICM_BINARIES (target/debug; `cargo test --workspace --no-run` builds them there).
# With ICM_PREVIOUS, a folder of the binaries of an earlier commit: the upgrade test (see upgrade.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/infra/emulator.sh
export ICM_BINARIES=${ICM_BINARIES:-target/debug}
for binary in icm ingest-files identify-members review-due queue-outreach relay-outbox receive-vendor operations; do
  [ -x "$ICM_BINARIES/$binary" ] || { echo "$ICM_BINARIES/$binary is missing: build it first"; exit 1; }
done
install_emulator
if [ -z "${ICM_PREVIOUS:-}" ]; then
  start_emulator
  "$tools/bin/python" tests/infra/run_test.py Once
  exit
fi
# The same story twice, each on an emulator of its own: with this build alone, and with the earlier build, this one in
# mid-run, and the earlier one again.
for story in alone upgrade; do
  start_emulator
  ICM_STORY=$story ICM_STATE="$tools/state-$story.json" "$tools/bin/python" tests/infra/run_test.py Upgrade
  stop_emulator
done
cmp "$tools/state-alone.json" "$tools/state-upgrade.json"
echo "the same final state: $(wc -c <"$tools/state-alone.json") bytes"
