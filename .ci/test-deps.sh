#!/bin/sh
# Installs the Debian packages that the whole test suite needs; starts no service.
set -eu

packages="ca-certificates gcc libc6-dev libopus0 openssl portaudio19-dev python3 python3-dev python3-venv procps tmux util-linux"

if ! command -v apt-get >/dev/null 2>&1; then
    echo "make test-deps knows Debian and Ubuntu; elsewhere install tmux, util-linux (setpriv), a C compiler, PortAudio, Opus." >&2
    exit 1
fi

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "Every package that the tests need is installed." >&2
    exit 0
fi

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null || [ -t 0 ]; then
    as_root=sudo
else
    echo "The tests need$missing; run: sudo apt-get install$missing" >&2
    exit 1
fi

echo "Installing$missing..." >&2
export DEBIAN_FRONTEND=noninteractive
# Word splitting is meant in both lists.
# shellcheck disable=SC2086
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
