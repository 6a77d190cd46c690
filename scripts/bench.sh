#!/bin/sh
# npm run bench: sets up what is missing, and runs all measurements, or those that the arguments name.
set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh bench
exec node --import ./test/support/typescript/register.js bench/main.ts "$@"
