#!/bin/sh
# npm run screenshots: sets up what is missing, then makes docs/images anew (scripts/screenshots.js).
set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh test
exec node scripts/screenshots.js
