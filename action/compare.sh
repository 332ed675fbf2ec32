#!/usr/bin/env bash
# What the Action runs: compare a pull request with its base; annotations, a summary, a SARIF file.
#
# Reads BASE, HEAD, TIME, VENV, FAIL_ON, EXPECTED, PATHS from the environment, never from the script's text, since
# branch names are a stranger's. Exits as `trialrun compare` does.
set -uo pipefail

base=${BASE:-}
if [ -z "$base" ]; then
    echo "::error::no base: run on a pull request, or give the input \`base\`"
    exit 2
fi
if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
    git fetch --quiet --no-tags --unshallow origin || true
fi
if ! git rev-parse --verify --quiet --end-of-options "$base^{commit}" >/dev/null; then
    git fetch --quiet --no-tags origin "+refs/heads/${base#origin/}:refs/remotes/origin/${base#origin/}" || exit 2
    base=origin/${base#origin/}
fi

sarif=${RUNNER_TEMP:-/tmp}/trialrun.sarif
summary=${RUNNER_TEMP:-/tmp}/trialrun.md
arguments=(--base "$base" --head "${HEAD:-HEAD}" --time "${TIME:-60s}")
arguments+=(--format github --format "markdown=$summary" --format "sarif=$sarif")
[ -n "${VENV:-}" ] && arguments+=(--python "$VENV")
[ -n "${EXPECTED:-}" ] && arguments+=(--expected "$EXPECTED")
for what in ${FAIL_ON:-differ}; do arguments+=(--fail-on "$what"); done
paths=()
while IFS= read -r path; do [ -n "$path" ] && paths+=("$path"); done <<<"${PATHS:-}"

trialrun compare "${arguments[@]}" -- ${paths[@]+"${paths[@]}"}
code=$?
[ -f "$summary" ] && cat "$summary" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
echo "sarif=$sarif" >>"${GITHUB_OUTPUT:-/dev/null}"
exit $code
