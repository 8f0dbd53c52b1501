// Holds the edge function to the same table of addresses as its Python twin.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const here = new URL('.', import.meta.url);
const contract = JSON.parse(readFileSync(new URL('urls.json', here)));
const template = readFileSync(new URL('../../infra/edge/viewer-request.js', here), 'utf8');
const code = template
  .replace('/*REDIRECTS*/ {}', JSON.stringify(contract.table))
  .replace('/*FILES*/ {}', JSON.stringify(contract.files));
const context = vm.createContext({});
vm.runInContext(`${code}\nthis.answer = handler;`, context);

// The shape of event.request.querystring in the CloudFront Functions event structure.
function querystring(text) {
  const found = {};
  for (const part of text.split('&').filter(Boolean)) {
    const [name, ...rest] = part.split('=');
    const one = { value: rest.join('=') };
    if (name in found) {
      found[name].multiValue = [...(found[name].multiValue ?? [{ value: found[name].value }]), one];
    } else {
      found[name] = one;
    }
  }
  return found;
}

for (const { path, query = '', key, location, hidden } of contract.cases) {
  test(`${path}${query && '?'}${query}`, () => {
    const request = { method: 'GET', uri: path, querystring: querystring(query), headers: {} };
    const answer = context.answer({ version: '1.0', context: {}, request });
    if (location !== undefined) {
      assert.equal(answer.statusCode, 301);
      assert.equal(answer.headers.location.value, location);
    } else {
      assert.equal(answer.statusCode, undefined, `redirected to ${answer.headers?.location?.value}`);
      assert.equal(answer.uri, hidden ? '/.not-found' : `/${key}`);
    }
  });
}
