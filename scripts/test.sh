#!/bin/sh
# npm test: sets up what is missing, runs the tests (all, or those that the arguments name), and says how many ended how.
set -eu
cd "$(dirname "$0")/.."

report=$(mktemp)
trap 'rm -f "$report"' EXIT
trap 'exit 130' HUP INT TERM

sh scripts/setup.sh test
status=0
node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" || status=$?
node scripts/counts.js "$report" || status=1
exit "$status"
