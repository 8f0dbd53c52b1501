#!/usr/bin/env bash
# Have the container origin run another image: deploy_containers.sh IMAGE
#
# The parameter tells the next machine what to start; the machine that is there is told through
# Systems Manager, and rolls its containers one after the other (roll.sh). Where that does not
# succeed, the parameter is put back, so that no later machine starts an image that was not well.
# Needs the aws program and the outputs of infra/terraform.
#
# Environment: TIDEPOST_GROUP (output group_name), TIDEPOST_NAME (variable name; default tidepost).
set -euo pipefail

image=${1:?usage: deploy_containers.sh IMAGE}
name=${TIDEPOST_NAME:-tidepost}
group=${TIDEPOST_GROUP:?the output group_name of infra/terraform}

parameter() {
  aws ssm put-parameter --name "/$name/image" --value "$1" --overwrite >/dev/null
}

put_back() {
  if [ -n "$previous" ] && [ "$previous" != "$image" ]; then
    parameter "$previous"
    echo "The next machine starts $previous, as before." >&2
  fi
}

previous=$(aws ssm get-parameter --name "/$name/image" --query Parameter.Value --output text)
parameter "$image"
trap put_back EXIT

instance=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$group" \
  --query "AutoScalingGroups[0].Instances[?LifecycleState=='InService'].InstanceId | [0]" \
  --output text)
if [ -z "$instance" ] || [ "$instance" = None ]; then
  echo "No machine is in service; the next one starts $image. The bucket serves meanwhile."
  trap - EXIT
  exit 0
fi

command=$(aws ssm send-command --instance-ids "$instance" --document-name AWS-RunShellScript \
  --parameters 'commands=["/usr/local/bin/tidepost-deploy"]' \
  --query Command.CommandId --output text)

for _ in $(seq 1 "${TIDEPOST_TRIES:-120}"); do
  sleep "${TIDEPOST_PAUSE:-5}"
  status=$(aws ssm get-command-invocation --command-id "$command" --instance-id "$instance" \
    --query Status --output text 2>/dev/null || echo Pending)
  case $status in
    Success)
      echo "$instance runs $image"
      trap - EXIT
      exit 0 ;;
    Pending | InProgress | Delayed) ;;
    *)
      aws ssm get-command-invocation --command-id "$command" --instance-id "$instance" \
        --query '[StandardOutputContent, StandardErrorContent]' --output text >&2
      echo "The deploy ended with $status; the other container serves the old site." >&2
      exit 1 ;;
  esac
done
echo "No answer from $instance" >&2
exit 1
