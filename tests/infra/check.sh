#!/usr/bin/env bash
# Checks of the template that need no account: lint, translation, security scan. Our own rules are cargo tests
# (cargo test -p icm --test infra_rules). Installs its tools into target/infra-checks.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=target/infra-checks
if ! cmp -s tests/infra/requirements-checks.txt "$tools/installed"; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r tests/infra/requirements-checks.txt
  cp tests/infra/requirements-checks.txt "$tools/installed"
fi

"$tools/bin/cfn-lint" infra/template.yaml infra/vendor.yaml
echo "cfn-lint: nothing to mend"
"$tools/bin/python" tests/infra/translate.py infra/template.yaml "$tools/packaged.json" 2>/dev/null
"$tools/bin/cfn-lint" --ignore-checks W -- "$tools/packaged.json"
echo "cfn-lint of the translation: no error"
cp infra/vendor.yaml "$tools/vendor.yaml"
(cd "$tools" && bin/checkov --config-file ../../tests/infra/checkov.yaml -f packaged.json vendor.yaml)
echo "checkov: nothing beyond tests/infra/checkov.yaml"
