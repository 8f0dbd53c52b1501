#!/usr/bin/env bash
# Make the container's image of _container/: package.sh IMAGE
#
# BUILDER is docker (default), or any program with the same `build` command, such as podman.
# With PUSH=1 the image is also pushed; to ECR that needs the aws program.
set -euo pipefail
cd "$(dirname "$0")/../.."
image=${1:?usage: package.sh IMAGE}
builder=${BUILDER:-docker}

"$builder" build --platform "${PLATFORM:-linux/arm64}" \
  --file infra/container/Dockerfile --tag "$image" _container

if [ "${PUSH:-0}" = 1 ]; then
  case $image in
    *.dkr.ecr.*)
      aws ecr get-login-password | "$builder" login --username AWS --password-stdin "${image%%/*}" ;;
  esac
  "$builder" push "$image"
fi
