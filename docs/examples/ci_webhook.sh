#!/bin/sh
# Runs a command in CI and tells a channel how it went; needs sh and curl.
#
#   tuichat webhook create '#ci' --name ci      # once; keep what it prints as the secret TUICHAT_WEBHOOK
#
# In a workflow of GitHub Actions:
#
#   - run: sh ci_webhook.sh make test
#     env:
#       TUICHAT_WEBHOOK: ${{ secrets.TUICHAT_WEBHOOK }}
#
# The address reaches curl through a pipe, so that the list of processes does not show it.

"$@"
code=$?

commit=$(printf %.7s "${GITHUB_SHA:-}")
what="${GITHUB_REPOSITORY:-build} ${GITHUB_REF_NAME:-} $commit"
run="${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}/actions/runs/${GITHUB_RUN_ID:-}"
if [ "$code" -eq 0 ]; then
    text="✓ $what: passed"
else
    text="✗ $what: failed ($code) $run"
fi

# A form needs no quoting: curl encodes the field, whatever a branch is called.
printf 'url = "%s"\n' "$TUICHAT_WEBHOOK" |
    curl --silent --show-error --fail --retry 3 --output /dev/null --form-string "content=$text" --config - || true
exit "$code"
