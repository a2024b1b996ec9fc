#!/usr/bin/env bash
# Upgrade and roll back on ministack: the build of an earlier commit loads, this build takes over in mid-run, the earlier
# one comes back: the same final state as with this build alone. Usage: upgrade.sh [COMMIT], default the last commit.
# Builds the earlier commit in target/previous (minutes, the first time).
set -euo pipefail
cd "$(dirname "$0")/../.."
commit=$(git rev-parse "${1:-HEAD~1}")
source=target/previous/source
if [ -d "$source" ]; then git -C "$source" checkout --quiet --detach "$commit"; else git worktree add --quiet --detach "$source" "$commit"; fi
CARGO_TARGET_DIR="$PWD/target/previous/build" cargo build --quiet --locked --manifest-path "$source/Cargo.toml" --workspace --bins
ICM_PREVIOUS="$PWD/target/previous/build/debug" tests/infra/run.sh
