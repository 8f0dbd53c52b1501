#!/bin/sh
# moto 5.2.5 holds PutObject to If-Match and If-None-Match, but CopyObject neither to
# x-amz-copy-source-if-match nor to If-Match and If-None-Match on its destination, and
# CompleteMultipartUpload to If-None-Match but not to If-Match.
#
# Seen with moto 5.2.5 and boto3 1.44.8: the last line below is what the script prints.
#   put 412 412, copy 200 200 200, parts 412 200
# Exits with 1 when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" 2>/dev/null || uv venv -q --clear "$folder/venv"
if [ -x "$folder/venv/bin/pip" ]; then
    "$folder/venv/bin/pip" install -q 'moto[s3]==5.2.5' 'boto3==1.44.8'
else
    uv pip install -q --python "$folder/venv/bin/python" 'moto[s3]==5.2.5' 'boto3==1.44.8'
fi
said=$("$folder/venv/bin/python" - <<'PYTHON'
import os

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
OTHER = '"' + "0" * 32 + '"'


def status(call, **arguments):
    try:
        return call(Bucket="bucket", Key="there", **arguments)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


with mock_aws():
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="there", Body=b"one")
    s3.put_object(Bucket="bucket", Key="source", Body=b"two")

    def copy(**arguments):
        return s3.copy_object(CopySource={"Bucket": "bucket", "Key": "source"}, **arguments)

    def parts(**arguments):
        where = {"Bucket": "bucket", "Key": "there"}
        upload = s3.create_multipart_upload(**where)["UploadId"]
        part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"three")
        done = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        return s3.complete_multipart_upload(UploadId=upload, MultipartUpload=done, **arguments)

    print(
        "put", status(s3.put_object, Body=b"x", IfNoneMatch="*"),
        status(s3.put_object, Body=b"x", IfMatch=OTHER), end=", ",
    )
    print(
        "copy", status(copy, CopySourceIfMatch=OTHER), status(copy, IfNoneMatch="*"),
        status(copy, IfMatch=OTHER), end=", ",
    )
    print("parts", status(parts, IfNoneMatch="*"), status(parts, IfMatch=OTHER))
PYTHON
)
echo "$said"
[ "$said" = "put 412 412, copy 200 200 200, parts 412 200" ]
