#!/bin/sh
# npm run bench: sets up what is missing, compiles bench/, and runs all measurements, or those that the arguments name.
set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh bench
node_modules/.bin/tsc -p tsconfig.bench.json
exec node dist/bench/bench/main.js "$@"
