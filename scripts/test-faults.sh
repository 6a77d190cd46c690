#!/bin/sh
# npm run test:faults [-- [--jobs N] [--seed N]]: jobs go their way while broker, collectors and workers are killed.
# 500 jobs unless told; `npm test` does the same with 60. The seed is printed, and makes a run happen again as far as
# the machine allows.
set -eu
cd "$(dirname "$0")/.."

export DEBCI_FAULTS_JOBS=500
while [ $# -gt 0 ]; do
  case $1 in
    --jobs) DEBCI_FAULTS_JOBS=${2:?how many} ;;
    --seed) export DEBCI_FAULTS_SEED="${2:?which}" ;;
    *)
      echo 'usage: npm run test:faults [-- [--jobs N] [--seed N]]' >&2
      exit 2
      ;;
  esac
  shift 2
done
exec sh scripts/test.sh test/e2e/faults.test.ts
