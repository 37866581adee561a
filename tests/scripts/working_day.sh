#!/usr/bin/env bash
# A working day from the shell: a server for a release, a question and its answer, the build sent and fetched again,
# a call about it, and the end of the day.
#
#   working_day.sh COLLEAGUE BUILD
#
# COLLEAGUE is the user name of somebody with whom you share a server, BUILD a file.
# For the call a tuichat of yours has to run: its screen, or `tuichat --plain`.
set -euo pipefail

colleague=$1
build=$2
server="Release $(basename "$build")"
general="$server/#general"
voice="$server/#General"

# A server of its own, and the way in for the colleague, who types what comes.
tuichat run -c "/create $server"
invite=$(tuichat run --in "$general" -c /invite | grep -om1 '/join [[:alnum:]]*')
invited=$(tuichat run --json -c "/msg @$colleague $invite" | jq --raw-output .message_id)
tuichat wait --in "$general" --after "$invited" --from "$colleague" --match '^here$' --timeout 60

# A question. Its id says from where on an answer counts, however soon it comes.
question=$(tuichat run --json --in "$general" -c "@$colleague may it go out?" | jq --raw-output .message_id)
answer=$(tuichat wait --json --in "$general" --after "$question" --from "$colleague" --timeout 60 | jq --raw-output .text)
if [[ $answer != yes* ]]; then
    echo "$colleague says: $answer" >&2
    exit 1
fi

# The build goes up, comes down again, and is the same.
tuichat send --file "$build" "$general" "the build"
folder=$(mktemp -d)
saved=$(tuichat run --in "$general" -c "/download last $folder")
cmp "$build" "$saved"
sha256sum <"$saved" | tuichat send "$general"

# A call in the running tuichat, until it is there.
tuichat ctl call join "$voice"
for ((tries = 0; tries < 100; tries++)); do
    stage=$(tuichat ctl status --json | jq --raw-output .call.stage)
    [[ $stage == connected ]] && break
    sleep 0.1
done
[[ $stage == connected ]]
tuichat ctl send "$general" "come to the call"
tuichat wait --in "$general" --after "$question" --from "$colleague" --match '^bye' --timeout 60 >/dev/null
tuichat ctl call leave

# What was said, for the minutes, and the end of the day.
tuichat tail --no-follow -n 100 "$general"
echo "done for today" | tuichat send "$general"
