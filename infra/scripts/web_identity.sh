#!/usr/bin/env bash
# Let what comes after speak to AWS as ROLE, by the job's own signed token: web_identity.sh ROLE CMD...
#
# The SDK exchanges the token by itself (AssumeRoleWithWebIdentity), so there is no key to keep. At
# GitLab the token is the variable AWS_ID_TOKEN (id_tokens); at GitHub it is asked for, which needs
# the permission `id-token: write`. On a person's machine, without either, CMD runs with the
# credentials that are there.
set -euo pipefail

role=${1:?usage: web_identity.sh ROLE COMMAND...}
shift

if [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
  AWS_ID_TOKEN=$(curl --silent --fail --show-error \
    -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["value"])')
fi

if [ -n "${AWS_ID_TOKEN:-}" ]; then
  token=$(mktemp)
  trap 'rm -f "$token"' EXIT
  printf '%s' "$AWS_ID_TOKEN" >"$token"
  export AWS_WEB_IDENTITY_TOKEN_FILE=$token
  export AWS_ROLE_ARN=$role
  export AWS_ROLE_SESSION_NAME="tidepost-${CI_PIPELINE_ID:-${GITHUB_RUN_ID:-manual}}"
fi
unset AWS_ID_TOKEN
"$@"
