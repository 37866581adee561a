#!/usr/bin/env bash
# The other one of working_day.sh: comes where it is invited, answers, and says goodbye.
#
#   colleague.sh COLLEAGUE SERVER
set -euo pipefail

colleague=$1
general="$2/#general"

invite=$(tuichat wait --json --in "@$colleague" --after 0 --match '^/join ' --timeout 60 | jq --raw-output .text)
tuichat run -c "$invite"
tuichat send "$general" here
tuichat wait --in "$general" --after 0 --match 'may it go out' --timeout 60
tuichat send "$general" yes, it may
tuichat wait --in "$general" --after 0 --match 'come to the call' --timeout 60
tuichat send "$general" bye
