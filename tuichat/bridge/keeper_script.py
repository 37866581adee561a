"""The shell script that keeps a session's two files on the machine that is logged in to, and how it is read.

It comes to `sh -s` by standard input, with the secret in it, so that neither is ever in anybody's list of processes. It makes
the folder, sweeps what dead sessions left, writes the file, says where, and waits for the end of its input: then, and also where
it is hung up, it removes both.
"""

import re
from enum import Enum

import msgspec

from tuichat.local.ssh_session import SessionFile, file_name, socket_name

COMMAND = "exec sh -s"
"""What the login shell is given: it means the same to bash, zsh, fish, dash and csh."""

MAX_LINE_BYTES = 4096
_LONGEST_FOLDER_BYTES = 103 - len("/" + socket_name("0" * 16))  # a macOS at the other end takes 103


class Trouble(Enum):
    """Why the script could not do its work, as it says it."""

    FOLDER = "folder"  # it cannot be made, or is not this user's alone
    LENGTH = "length"  # the path is too long for a socket
    WRITING = "writing"


class Marked(msgspec.Struct, frozen=True):
    """What the script said: where the files are, or what was wrong."""

    folder: str = ""
    trouble: Trouble | None = None


_SCRIPT = r"""{
umask 077
key=@KEY@
mark=@MARK@
folder=
for base in "$XDG_RUNTIME_DIR" "/run/user/$(id -u)"; do
    case $base in /*) ;; *) continue ;; esac
    if [ -d "$base" ] && [ -O "$base" ] && [ -w "$base" ] && [ ${#base} -le @ROOM@ ]; then
        # Where others may write, as root's own /tmp, one of them may have been there first.
        if [ -L "$base/tuichat" ] || { [ -e "$base/tuichat" ] && [ ! -O "$base/tuichat" ]; }; then continue; fi
        folder=$base/tuichat
        break
    fi
done
if [ -z "$folder" ]; then
    folder=$HOME/.cache/tuichat
    mkdir -p "$HOME/.cache" 2>/dev/null
fi
now() {
    seconds=$(date +%s.%N)
    case $seconds in *[!0-9.]* | *.) date +%s ;; *) echo "$seconds" ;; esac
}
fail() {
    printf '\n%s ! %s\n' "$mark" "$1"
    while read -r line; do :; done  # the connection is for other sessions, too
    exit 1
}
[ ${#folder} -le @LONGEST@ ] || fail length
mkdir "$folder" 2>/dev/null
[ -d "$folder" ] && [ ! -L "$folder" ] && [ -O "$folder" ] && chmod 700 "$folder" 2>/dev/null || fail folder
cd "$folder" || fail folder
machine=$(uname -n | tr -cd 'A-Za-z0-9._-')
seen=0
for file in ssh-*.json; do
    [ $((seen += 1)) -le 200 ] || break
    [ -f "$file" ] && [ -O "$file" ] || continue
    pid=$(sed -n 's/.*"pid":\([0-9][0-9]*\),"machine":"'"$machine"'"}$/\1/p' "$file" 2>/dev/null)
    if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then
        rm -f -- "$file" "${file%.json}.sock"
    fi
done
for file in ssh-*.sock; do
    [ -S "$file" ] && [ -O "$file" ] && [ ! -e "${file%.sock}.json" ] && rm -f -- "$file"
done
trap 'rm -f -- "@FILE@" "@FILE@.new" "@SOCKET@"' EXIT
trap 'exit 0' HUP INT TERM PIPE
{
    tr -d '\n' <<'END' && printf '"began":%s,"pid":%s,"machine":"%s"}\n' "$(now)" $$ "$machine"
@JSON@
END
} >"@FILE@.new" 2>/dev/null && mv -f -- "@FILE@.new" "@FILE@" || fail writing
printf '\n%s = %s\n' "$mark" "$folder"
@WAIT@
exit 0
}
"""

_UNTIL_INPUT_ENDS = "while read -r line; do :; done"

# The processes of one connection are children of one sshd: the keeper's shell, and those of the user's sessions.
_UNTIL_ALONE = r"""exec 3<&0
{ while read -r line; do :; done; kill -TERM $$; } <&3 3<&- >/dev/null 2>&1 &
reader=$!
trap 'kill "$reader" 2>/dev/null; rm -f -- "@FILE@" "@SOCKET@"' EXIT
others() {
    if [ -r "/proc/$PPID/task/$PPID/children" ]; then
        read -r children <"/proc/$PPID/task/$PPID/children"
        set -- $children
        echo $#
    else
        ps -A -o ppid= | grep -c "^ *$PPID\$"
    fi 2>/dev/null
}
alone=0
while [ "$alone" -lt 2 ] && sleep 1; do
    count=$(others)
    if [ "${count:-2}" -le 1 ]; then alone=$((alone + 1)); else alone=0; fi
done"""


def script(session_file: SessionFile, key: str, mark: str, *, ends_alone: bool = False) -> bytes:
    """Return the script. `mark` is a word that nobody else there knows; `ends_alone` has it end with the last other session."""
    text = _SCRIPT
    for name, value in (
        ("@WAIT@", _UNTIL_ALONE if ends_alone else _UNTIL_INPUT_ENDS),
        ("@KEY@", key),
        ("@MARK@", mark),
        ("@FILE@", file_name(key)),
        ("@SOCKET@", socket_name(key)),
        ("@ROOM@", str(_LONGEST_FOLDER_BYTES - len("/tuichat"))),
        ("@LONGEST@", str(_LONGEST_FOLDER_BYTES)),
        ("@JSON@", _begun(session_file)),
    ):
        text = text.replace(name, value)
    return text.encode()


def _begun(session_file: SessionFile) -> str:
    """Return the file but for its end, which the script writes by its own clock."""
    fields = {name: value for name, value in msgspec.structs.asdict(session_file).items() if name != "began"}
    return msgspec.json.encode(fields).decode().removesuffix("}") + ","


def read_mark(line: bytes, mark: str) -> Marked | None:
    """Return what a line of the keeper's output says; None for what a .bashrc printed, or others."""
    match = re.fullmatch(rb"%s ([=!]) ([^\0-\x1f\x7f]+)" % re.escape(mark.encode()), line.rstrip(b"\r\n"))
    if match is None:
        return None
    told = match[2].decode(errors="surrogateescape")
    if match[1] == b"=":
        is_right = told.startswith("/") and len(match[2]) <= _LONGEST_FOLDER_BYTES
        return Marked(folder=told) if is_right else Marked(trouble=Trouble.FOLDER)
    return Marked(trouble=Trouble(told)) if told in {each.value for each in Trouble} else None
