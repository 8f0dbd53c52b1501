#!/usr/bin/env bash
# Replace the two containers of the container origin, one after the other: roll.sh IMAGE
#
# Each is taken out of the load balancer, replaced, asked whether it is well, and put back before
# the other is touched. When a new one is not well, the script stops there: the other still serves
# the old site. It runs on the machine itself; needs docker, aws and curl.
#
# Environment: TIDEPOST_TARGETS (ARN of the target group), TIDEPOST_INSTANCE (id of this machine),
# AWS_DEFAULT_REGION.
set -euo pipefail

image=${1:?usage: roll.sh IMAGE}
: "${TIDEPOST_TARGETS:?}" "${TIDEPOST_INSTANCE:?}"

targets() {
  aws elbv2 "$1" --target-group-arn "$TIDEPOST_TARGETS" \
    --targets "Id=$TIDEPOST_INSTANCE,Port=$2"
}

wait_for() {
  aws elbv2 wait "$1" --target-group-arn "$TIDEPOST_TARGETS" \
    --targets "Id=$TIDEPOST_INSTANCE,Port=$2"
}

well() {
  local tries
  for tries in $(seq 1 "${TIDEPOST_TRIES:-30}"); do
    if curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$1/health"; then
      return 0
    fi
    sleep "${TIDEPOST_PAUSE:-1}"
  done
  echo "not well after $tries tries" >&2
  return 1
}

docker pull --quiet "$image"

for port in 8080 8090; do
  echo "Container on port $port"
  targets deregister-targets "$port"
  wait_for target-deregistered "$port"
  docker rm --force "tidepost-$port" >/dev/null 2>&1 || true
  docker run --detach --name "tidepost-$port" --restart unless-stopped \
    --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:size=16m \
    --memory 256m --pids-limit 128 \
    --publish "$port:8080" --publish "127.0.0.1:$((port + 1)):8081" \
    "$image" >/dev/null
  well "$((port + 1))"
  targets register-targets "$port"
  wait_for target-in-service "$port"
done

docker image prune --force >/dev/null
echo "Both containers run $image"
