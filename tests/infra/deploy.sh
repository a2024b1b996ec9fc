#!/usr/bin/env bash
# Deploys the template on ministack, an independent emulator, reads everything back and compares.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/infra/emulator.sh
install_emulator
start_emulator
"$tools/bin/python" tests/infra/deploy_test.py
