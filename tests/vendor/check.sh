#!/usr/bin/env bash
# The conformance kit against the reference vendor: it passes over queues and over files, in both hand-over modes, and
# each planted fault fails by its name. Needs Python 3.9, nothing else.
#   usage: tests/vendor/check.sh [path of the icm binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
icm=${1:-target/debug/icm}
[ -x "$icm" ] || { echo "$icm is missing: cargo build --workspace"; exit 1; }
vendor=(python3 tests/vendor/reference_vendor.py)
work=$(mktemp -d); trap 'rm -rf "$work"; [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true' EXIT
bad=0
verdict() { printf '%-6s %s\n' "$1" "$2"; [ "$1" = ok ] || bad=1; }
has() { python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); sys.exit(0 if (sys.argv[2] in r["faults"]) else 1)' "$@"; }

passes() {
  local what=$1; shift
  if "$icm" vendor-kit --quiet-ms 400 --wait 60 --json "$@" > "$work/out"; then verdict ok "passes $what"
  else verdict FAIL "passes $what"; cat "$work/out"; fi
}
for how in "ENROLMENT 1" "OUTREACH_DELEGATED 1" "ENROLMENT 2"; do
  read -r mode major <<< "$how"
  passes "over queues, $mode, major $major" --local --hand-over "$mode" --major "$major" -- "${vendor[@]}"
done
for mode in ENROLMENT OUTREACH_DELEGATED; do
  passes "over queues, $mode, FHIR" --local --fhir --hand-over "$mode" -- "${vendor[@]}" --fhir
done
for form in "" --fhir; do
  "${vendor[@]}" --files "$work/exchange$form" $form & pid=$!
  passes "over files${form:+, FHIR}" --files "$work/exchange$form" $form
  kill "$pid" 2>/dev/null || true; pid=
done

# A fault that says nothing must be waited for: two seconds a step are enough for a program.
while read -r fault code mode; do
  "$icm" vendor-kit --local --hand-over "$mode" --quiet-ms 300 --wait 2 --json -- "${vendor[@]}" --fault "$fault" > "$work/out" && status=0 || status=$?
  if [ "$status" = 1 ] && has "$work/out" "$code"; then verdict ok "$fault fails as $code"
  else verdict FAIL "$fault does not fail as $code (exit $status)"; cat "$work/out"; fi
done < <("${vendor[@]}" --list-faults)
exit $bad
