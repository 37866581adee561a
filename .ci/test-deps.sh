#!/bin/sh
# Installs the Debian packages that the whole test suite needs, and discord.js, into a cache; starts no service.
set -eu

packages="bubblewrap ca-certificates espeak-ng fish gcc hunspell hunspell-en-us iproute2 libasound2-plugins libc6-dev libopus0
    mumble-server nats-server openssh-client openssh-server openssl portaudio19-dev postgresql procps pulseaudio pulseaudio-utils python3
    python3-dev python3-venv sox tmux util-linux zsh"

if ! command -v apt-get >/dev/null 2>&1; then
    echo "make test-deps knows Debian and Ubuntu; elsewhere install bubblewrap, OpenSSH, zsh, fish, tmux, util-linux (setpriv), a C compiler, PortAudio, Opus, PostgreSQL, NATS, Node." >&2
    exit 1
fi

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
# Node comes from anywhere, often with its npm: Debian's npm brings hundreds of packages along.
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"

install_packages() {
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
    # Debian's way of telling packages not to start their services: they ask this program first.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
        $as_root chmod +x $policy
        # $as_root and $policy are known now, and not later
        # shellcheck disable=SC2064
        trap "$as_root rm -f $policy" EXIT
    fi
    # Word splitting is meant in both lists.
    # shellcheck disable=SC2086
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# What tests/conformance/javascript asks for, in the folder where its test looks.
install_javascript() {
    wanted=tests/conformance/javascript
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/tuichat-tests/javascript
    if cmp -s "$wanted/package-lock.json" "$cache/installed-lock.json"; then return; fi
    echo "Installing discord.js..." >&2
    mkdir -p "$cache"
    cp "$wanted/package.json" "$wanted/package-lock.json" "$cache"
    (cd "$cache" && npm ci --silent --no-audit --no-fund >&2)
    cp "$wanted/package-lock.json" "$cache/installed-lock.json"
}

if [ -z "$missing" ]; then
    echo "Every package that the tests need is installed." >&2
else
    install_packages
fi
install_javascript
