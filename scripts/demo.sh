#!/bin/sh
# npm run demo: sets up what is missing, then runs a real package's tests and serves the result (scripts/demo.js --help).
set -eu
cd "$(dirname "$0")/.."

case " $* " in
  *' --help '*) ;;
  *) sh scripts/setup.sh demo ;;
esac
exec node scripts/demo.js "$@"
