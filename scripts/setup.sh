#!/bin/sh
# Installs and builds what is missing; what is there already is left as it is.
#
#   sh scripts/setup.sh demo     to run debci with its default testbed
#   sh scripts/setup.sh test     that, and what the tests need
#   sh scripts/setup.sh bench    that, and what the measurements need
#
# Debian packages come through apt, which needs root. Without root or apt, `test` goes on with what there is:
# tests that need more are skipped, or fail where CI=true. The full output is in var/setup.log.
set -eu
cd "$(dirname "$0")/.."

# Before the paths of the host's own files; only the test of this script sets it.
HOST=${DEBCI_SETUP_HOST:-}

purpose=${1:-}
DEMO='autopkgtest mmdebstrap uidmap xz-utils zstd'
TEST="$DEMO rabbitmq-server chromium git openssl gnupg schroot systemd debci"
BENCH="$TEST wrk"
COMPILER='g++ make python3'

case $purpose in
  demo) packages=$DEMO ;;
  test) packages=$TEST ;;
  bench) packages=$BENCH ;;
  *)
    echo 'usage: sh scripts/setup.sh demo|test|bench' >&2
    exit 2
    ;;
esac

say() { echo "setup: $*"; }
fail() {
  say "$*" >&2
  exit 1
}

mkdir -p var
log=var/setup.log
: >"$log"

# Runs a step: one line of what it does, its output into the log, the end of that where it fails.
step() {
  what=$1
  shift
  say "$what"
  if "$@" >>"$log" 2>&1 </dev/null; then return 0; fi
  say "failed: $*; the end of $log:" >&2
  tail -n 30 "$log" >&2
  exit 1
}

check_node() {
  command -v node >/dev/null || fail 'Node.js is not installed; 20.19 or later is needed, with npm (https://nodejs.org)'
  command -v npm >/dev/null || fail 'npm is not installed; it comes with Node.js (https://nodejs.org)'
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node.js $(node --version) is too old; 20.19 or later is needed"
}

sqlite_loads() {
  node -e "new (require('better-sqlite3'))(':memory:')" >/dev/null 2>&1
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
  for package in "$@"; do
    is_installed "$package" || printf '%s ' "$package"
  done
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# The units that come with rabbitmq-server and schroot. The tests start a broker of their own; the host shall get none.
UNITS='rabbitmq-server.service epmd.service epmd.socket schroot.service'
POLICY=$HOST/usr/sbin/policy-rc.d

unit_is_known() { [ -e "$HOST/var/lib/systemd/deb-systemd-helper-enabled/$1.dsh-also" ]; }

# Leaves the units that are named not to start at boot. Without systemd only the init script counts.
disable_units() {
  for unit in "$@"; do
    unit_is_known "$unit" || continue
    ! command -v systemctl >/dev/null || systemctl --quiet disable "$unit" || return 1
    script=${unit%.service}
    [ ! -e "$HOST/etc/init.d/$script" ] || update-rc.d "$script" disable || return 1
  done
}

# Installs without starting a service, nor leaving one to start at boot, that was not there before.
apt_install_quietly() {
  new=
  for unit in $UNITS; do unit_is_known "$unit" || new="$new $unit"; done
  if [ -e "$POLICY" ]; then
    apt_install "$@" || return 1
  else
    trap 'rm -f "$POLICY"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$POLICY" && chmod 755 "$POLICY" || return 1
    apt_install "$@" || return 1
    rm -f "$POLICY"
    trap - EXIT HUP INT TERM
  fi
  # shellcheck disable=SC2086 # names without blanks
  disable_units $new
}

# Explains what is missing, where it cannot be installed here. Only the tests can do without.
cannot_install() {
  say "not installed: $*" >&2
  say "$reason; as root: apt-get install --no-install-recommends $*" >&2
  [ "$purpose" = test ] || exit 1
}

install_packages() {
  # shellcheck disable=SC2086 # lists of names without blanks
  missing=$(missing_packages $packages)
  sqlite_loads || missing="$missing$(missing_packages $COMPILER)"
  [ -n "$missing" ] || return 0
  reason=
  command -v apt-get >/dev/null || reason='there is no apt-get'
  [ "$(id -u)" = 0 ] || reason='only root can install them'
  if [ -n "$reason" ]; then
    cannot_install $missing
    return 0
  fi
  step 'updating the lists of packages' apt-get -o DPkg::Lock::Timeout=300 update
  step "installing $missing" apt_install_quietly $missing
}

# better-sqlite3 is compiled where no binary of it can be fetched; Node's headers are used from here if they are here.
find_headers() {
  prefix=$(node -p 'require("path").resolve(process.execPath, "../..")')
  [ ! -e "$prefix/include/node/node_api.h" ] || export npm_config_nodedir="$prefix"
}

install_modules() {
  # A link leads to the modules of another checkout (a git worktree has such): they are not ours to change.
  [ ! -L node_modules ] || return 0
  find_headers
  node scripts/modules-installed.js ||
    step 'installing the npm packages (minutes where better-sqlite3 has to be compiled)' npm ci --no-audit --no-fund
  sqlite_loads || step 'compiling better-sqlite3 for this Node.js' npm rebuild better-sqlite3
}

check_node
install_packages
install_modules
step 'building' node scripts/build.js
