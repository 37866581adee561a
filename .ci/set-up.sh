#!/bin/sh
# Makes .venv and installs tuichat into it; does nothing, quickly, when that was done before.
#
#   .ci/set-up.sh run | test | check | fuzz    install what using, testing, checking or fuzzing needs
#   .ci/set-up.sh voice                 try the voice extra once more
#
# Progress goes to standard error, one line a step; what pip said is kept in .venv/set-up.log.
set -eu
cd "$(dirname "$0")/.."

goal=${1:-run}
venv=.venv
python=$venv/bin/python
log=$venv/set-up.log
lock=.venv.lock

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "tuichat: $*"
    exit 1
}

# The stamp names everything that the installation depends on; a copied folder has another path.
key() {
    { cat pyproject.toml .ci/set-up.sh "$venv/pyvenv.cfg"; pwd; } 2>/dev/null | cksum
}
is_done() {
    [ -x "$python" ] && [ -f "$venv/.stamp-$1" ] && [ "$(cat "$venv/.stamp-$1")" = "$(key)" ]
}

if [ "$goal" != voice ] && is_done "$goal"; then
    exit 0
fi

system() {
    if [ "$(uname -s)" = Darwin ]; then
        echo macos
    elif command -v apt-get >/dev/null 2>&1; then
        echo debian
    elif command -v dnf >/dev/null 2>&1; then
        echo fedora
    elif command -v pacman >/dev/null 2>&1; then
        echo arch
    else
        echo unknown
    fi
}

# The command that installs the given system packages here, for people to read and for us to run.
install_command() {
    case $(system) in
        debian) echo "apt-get install -y $*" ;;
        fedora) echo "dnf install -y $*" ;;
        arch) echo "pacman -S --needed $*" ;;
        macos) echo "brew install $*" ;;
        *) echo "install $*" ;;
    esac
}
with_sudo() {
    if [ "$(id -u)" = 0 ] || [ "$(system)" = macos ]; then echo "$*"; else echo "sudo $*"; fi
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}
has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
    found=
    without_venv=
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        is_new_enough "$candidate" || continue
        if has_venv "$candidate"; then
            found=$candidate
            return 0
        fi
        without_venv=${without_venv:-$candidate}
    done
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "Python $version lacks its venv module; run: $(with_sudo "apt-get install python$version-venv"), then make run again."
    fi
    case $(system) in
        debian) hint="$(with_sudo apt-get install python3 python3-venv) (Debian 12, Ubuntu 24.04 or newer)" ;;
        fedora) hint=$(with_sudo dnf install python3) ;;
        arch) hint=$(with_sudo pacman -S python) ;;
        macos) hint="brew install python@3.13" ;;
        *) hint="install Python 3.11 or newer" ;;
    esac
    fail "Python 3.11 or newer is needed and was not found; run: $hint"
}

take_lock() {
    waiting=
    while ! mkdir "$lock" 2>/dev/null; do
        owner=$(cat "$lock/pid" 2>/dev/null || true)
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
            rm -rf "$lock" # left by a set-up that was killed
            continue
        fi
        [ -n "$waiting" ] || say "Another set-up is under way in this folder; waiting for it..."
        waiting=yes
        sleep 1
    done
    echo $$ >"$lock/pid"
    trap 'rm -rf "$lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

make_venv() {
    # A virtual environment whose Python went away, or that was moved here, cannot be mended.
    if [ -x "$python" ] && is_new_enough "$python" && "$python" -m pip --version >/dev/null 2>&1 &&
        [ "$(cd "$venv" && pwd -P)" = "$("$python" -c 'import os, sys; print(os.path.realpath(sys.prefix))')" ] &&
        ! is_moved; then
        return 0
    fi
    find_python
    say "Making .venv with $("$found" --version)..."
    rm -rf "$venv"
    "$found" -m venv "$venv" >&2 || fail "Python could not make .venv; what it said stands above."
}
is_moved() {
    [ -f "$venv/bin/pip" ] && ! head -n 1 "$venv/bin/pip" | grep -qF "$(pwd)/" &&
        ! head -n 1 "$venv/bin/pip" | grep -qF "$(pwd -P)/"
}

pip_install() {
    "$python" -m pip install --disable-pip-version-check --no-input --root-user-action=ignore "$@" >>"$log" 2>&1
}

install_package() {
    case $goal in
        test) wanted='.[test,scaled]' what='tuichat and what its tests need' ;;
        check) wanted='.[test,check,scaled]' what='tuichat and what its checks need' ;;
        fuzz) wanted='.[test,fuzz,scaled]' what='tuichat and what fuzzing it needs' ;;
        *) wanted='.' what='tuichat' ;;
    esac
    say "Installing $what (a minute or two the first time)..."
    : >"$log"
    if ! pip_install --editable "$wanted"; then
        tail -n 8 "$log" | sed 's/^/    /' >&2
        fail "Installing failed; its last lines stand above, all of them in $(pwd)/$log"
    fi
}

# Names of the system packages that voice lacks here: compiler, Python, PortAudio and Opus.
missing_for_voice() {
    kind=$(system)
    missing=
    compiler=$(command -v cc || command -v gcc || command -v clang || true)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ -z "$compiler" ]; then
        case $kind in
            debian) missing="$missing gcc libc6-dev" ;;
            macos) missing="$missing gcc" ;;
            *) missing="$missing gcc" ;;
        esac
    fi
    if ! "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; then
        case $kind in
            debian) missing="$missing python$version-dev" ;;
            fedora) missing="$missing python3-devel" ;;
            arch | macos) ;;
            *) missing="$missing Python's-headers" ;;
        esac
    fi
    if ! has_portaudio; then
        case $kind in
            debian) missing="$missing portaudio19-dev" ;;
            fedora) missing="$missing portaudio-devel" ;;
            *) missing="$missing portaudio" ;;
        esac
    fi
    if [ "$kind" = debian ] && ! has_alsa_plugin; then
        missing="$missing libasound2-plugins" # PortAudio's way to the sound server
    fi
    if ! "$python" -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("opus") is None)'; then
        case $kind in
            debian) missing="$missing libopus0" ;;
            *) missing="$missing opus" ;;
        esac
    fi
    echo "${missing# }"
}
has_portaudio() {
    if [ -n "$compiler" ]; then
        echo '#include <portaudio.h>' | "$compiler" $(mac_flags) -E -x c - >/dev/null 2>&1
    else
        [ -f /usr/include/portaudio.h ] || [ -f /usr/local/include/portaudio.h ]
    fi
}
has_alsa_plugin() {
    plugins=${ALSA_PLUGIN_DIR:-/usr/lib/*/alsa-lib}
    for plugin in $plugins/libasound_module_pcm_pulse.so $plugins/libasound_module_pcm_pipewire.so; do
        if [ -e "$plugin" ]; then return 0; fi
    done
    return 1
}
mac_flags() {
    if [ "$(system)" = macos ] && command -v brew >/dev/null 2>&1; then echo "-I$(brew --prefix)/include"; fi
}

has_voice() {
    "$python" -c 'import pyaudio, opuslib, numpy, pulsectl, pywebrtc_audio, soundfile' >/dev/null 2>&1
}

# Ask once, on a terminal; the answer is kept, so that a new clone does not ask again.
may_install_packages() {
    answer_file=${XDG_STATE_HOME:-$HOME/.local/state}/tuichat/install-voice-packages
    if [ "$goal" != voice ] && [ -f "$answer_file" ]; then
        return 1 # asked before: a yes has been carried out, a no stands
    fi
    [ -t 0 ] && [ -t 2 ] && [ "$(system)" != unknown ] || return 1
    printf 'Voice needs these system packages: %s\nInstall them now with "%s"? [Y/n] ' "$1" "$(with_sudo "$(install_command "$1")")" >&2
    read -r answer || answer=n
    mkdir -p "$(dirname "$answer_file")"
    case $answer in
        '' | y | Y | yes | Yes)
            echo yes >"$answer_file"
            return 0
            ;;
        *)
            echo no >"$answer_file"
            return 1
            ;;
    esac
}

install_voice() {
    if has_voice && [ -z "$(missing_for_voice)" ]; then
        return 0
    fi
    missing=$(missing_for_voice)
    if [ -n "$missing" ] && may_install_packages "$missing"; then
        # Word splitting is meant: the command is made of plain package names.
        # shellcheck disable=SC2046
        $(with_sudo "$(install_command "$missing")") >&2 || true
        missing=$(missing_for_voice)
    fi
    if [ -n "$missing" ]; then
        say "Voice is left out, the rest works. To have it: $(with_sudo "$(install_command "$missing")") && make voice"
        return 0
    fi
    say "Installing what voice needs..."
    flags=$(mac_flags)
    if ! CFLAGS="${CFLAGS:-} $flags" LDFLAGS="${LDFLAGS:-} ${flags:+-L$(brew --prefix)/lib}" pip_install --editable '.[voice]' || ! has_voice; then
        say "Voice is left out, the rest works: its libraries could not be built; why stands in $(pwd)/$log, and \`make voice\` tries again."
    fi
}

# PESQ, the ear of the voice tests, is built from source: where that fails they are skipped.
install_quality() {
    "$python" -c 'import pesq' >/dev/null 2>&1 || pip_install --editable '.[quality]' ||
        say "PESQ could not be built, so tests of voice quality are skipped; why stands in $(pwd)/$log."
}

take_lock
if [ "$goal" != voice ] && is_done "$goal"; then
    exit 0 # somebody else's set-up, which we waited for, did it
fi
make_venv
if [ "$goal" = voice ]; then
    is_done run || { goal=run; install_package; key >"$venv/.stamp-run"; goal=voice; }
    install_voice
    if has_voice; then say "Voice is installed."; fi
    exit 0
fi
install_package
is_done run || install_voice
if [ "$goal" = test ]; then install_quality; fi
key >"$venv/.stamp-run"
key >"$venv/.stamp-$goal"
