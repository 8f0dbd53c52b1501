#!/usr/bin/env bash
# Let what comes after speak to AWS as ROLE, by the job's own signed token: web_identity.sh ROLE CMD...
#
# The token is exchanged at once (AssumeRoleWithWebIdentity), for credentials of an hour: GitHub's
# token is good for five minutes, and CMD may build for longer before it needs them. So there is no
# key to keep. At GitLab the token is the variable AWS_ID_TOKEN (id_tokens); at GitHub it is asked
# for, which needs the permission `id-token: write`. On a person's machine, without either, CMD runs
# with the credentials that are there. Needs python3, and curl at GitHub.
set -euo pipefail

role=${1:?usage: web_identity.sh ROLE COMMAND...}
shift

if [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
  AWS_ID_TOKEN=$(curl --silent --fail --show-error --retry 3 \
    -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["value"])')
fi

if [ -n "${AWS_ID_TOKEN:-}" ]; then
  session="tidepost-${CI_PIPELINE_ID:-${GITHUB_RUN_ID:-manual}}"
  credentials=$(AWS_ID_TOKEN=$AWS_ID_TOKEN python3 - "$role" "$session" <<'PYTHON'
import os, sys, time, urllib.error, urllib.parse, urllib.request
from xml.etree import ElementTree

role, session = sys.argv[1:]
suffix = "amazonaws.com.cn" if role.startswith("arn:aws-cn:") else "amazonaws.com"
region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
address = (
    os.environ.get("AWS_ENDPOINT_URL_STS")
    or os.environ.get("AWS_ENDPOINT_URL")
    or f"https://sts.{region}.{suffix}/"
)
# STS API Reference, AssumeRoleWithWebIdentity: a call that needs no signature.
form = {
    "Action": "AssumeRoleWithWebIdentity",
    "Version": "2011-06-15",
    "RoleArn": role,
    "RoleSessionName": session,
    "WebIdentityToken": os.environ["AWS_ID_TOKEN"],
}


def texts(document):
    found = ElementTree.fromstring(document)
    return {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in found.iter()}


for last in (False, False, True):
    try:
        body = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(address, body, timeout=20) as answer:
            told = texts(answer.read())
        break
    except urllib.error.HTTPError as error:
        if error.code >= 500 and not last:
            time.sleep(2)
            continue
        try:
            told = texts(error.read())
        except ElementTree.ParseError:
            told = {}
        sys.exit(
            f"AWS does not give this job the role {role}: "
            f"{told.get('Code', error.code)}: {told.get('Message', error.reason)}\n"
            "Look at the role's trust policy (docs/operating.md, Pipelines)."
        )
    except (OSError, ElementTree.ParseError) as error:
        if last:
            sys.exit(f"No answer from {address} while taking the role {role}: {error}")
        time.sleep(2)
try:
    print(told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"], sep="\n")
except KeyError:
    sys.exit(f"{address} does not answer as STS does")
PYTHON
  )
  {
    read -r AWS_ACCESS_KEY_ID
    read -r AWS_SECRET_ACCESS_KEY
    read -r AWS_SESSION_TOKEN
  } <<<"$credentials"
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  unset AWS_PROFILE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
  if [ "${GITHUB_ACTIONS:-}" = true ]; then
    printf '::add-mask::%s\n' "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN"
  fi
fi
unset AWS_ID_TOKEN
exec "$@"
