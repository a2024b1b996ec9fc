#!/usr/bin/env bash
# Ship builds of the seven functions and their ceilings: 12 MB a binary, 6 MB a zip. One cargo command, fat LTO: half an
# hour on two idle cores. Usage: ship.sh [x86_64|arm64]; arm64 is linked by zig (PyPI: cargo-zigbuild, ziglang), which
# also compiles ring. Binaries: target/ship/…; measured with: icm receipts --binaries DIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
functions=(ingest-files identify-members review-due queue-outreach relay-outbox receive-vendor operations)
packages=()
for name in "${functions[@]}"; do packages+=(-p "$name"); done
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target/ship}
if [ "${1:-x86_64}" = arm64 ]; then
  tools=target/ship-tools
  [ -x "$tools/bin/cargo-zigbuild" ] || { python3 -m venv "$tools"; "$tools/bin/pip" install --quiet cargo-zigbuild==0.24.0 ziglang==0.15.1; }
  PATH="$PWD/$tools/bin:$PATH" cargo zigbuild --profile ship --locked --bins --target aarch64-unknown-linux-gnu "${packages[@]}"
  built=$CARGO_TARGET_DIR/aarch64-unknown-linux-gnu/ship
else
  cargo build --profile ship --locked --bins "${packages[@]}"
  built=$CARGO_TARGET_DIR/ship
fi
python3 - "$built" "${functions[@]}" <<'CHECK'
import sys, zlib
from pathlib import Path

built, functions, heavy = Path(sys.argv[1]), sys.argv[2:], False
for name in functions:
    body = (built / name).read_bytes()
    binary, zipped = len(body) / 1e6, len(zlib.compress(body, 9)) / 1e6
    over = binary > 12 or zipped > 6
    heavy |= over
    print(f"{name}: {binary:.1f} MB, {zipped:.1f} MB zipped{' - over the ceiling' if over else ''}")
sys.exit(heavy)
CHECK
