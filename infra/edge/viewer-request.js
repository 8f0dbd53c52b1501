// What a request's path means, at the edge. The rule and its reasons are in
// generator/publish/edge_rules.py; tests/contract/urls.json holds both to the same answers.
// Runtime: cloudfront-js-2.0, at most 10,240 bytes with the tables that publishing puts in.
var files = /*FILES*/ {};
var redirects = /*REDIRECTS*/ {};

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch (e) {
    return path;
  }
}

function lastOf(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}

function has(table, key) {
  return Object.prototype.hasOwnProperty.call(table, key);
}

// Whether a path without a slash at its end is a file; otherwise it is a folder's page.
function isFile(path) {
  path = path.replace(/\/_preview\/[^/]+\//, '/');
  var cut = path.lastIndexOf('/');
  var dot = path.lastIndexOf('.');
  var ending = dot > cut ? path.slice(dot) : '';
  var ways = [path, path.slice(0, cut + 1) + '*' + ending];
  for (; cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
    ways.push(path.slice(0, cut + 1));
  }
  ways.push('*' + ending);
  for (var i = 0; i < ways.length; i++) {
    if (has(files, ways[i])) {
      return files[ways[i]] === 1;
    }
  }
  return /^\.[A-Za-z][A-Za-z0-9]{0,4}$/.test(ending);
}

function local(path) {
  return '/' + path.replace(/^[/\\]+/, '').replace(/\\/g, '%5C');
}

function queryOf(querystring) {
  var parts = [];
  Object.keys(querystring).forEach(function (name) {
    var item = querystring[name];
    (item.multiValue || [item]).forEach(function (one) {
      parts.push(one.value === '' ? name : name + '=' + one.value);
    });
  });
  return parts.join('&');
}

function moved(location, request) {
  var query = queryOf(request.querystring);
  if (query) {
    var cut = location.indexOf('#');
    var head = cut < 0 ? location : location.slice(0, cut);
    var tail = cut < 0 ? '' : location.slice(cut);
    location = head + (head.indexOf('?') < 0 ? '?' : '&') + query + tail;
  }
  return {
    statusCode: 301,
    statusDescription: 'Moved Permanently',
    headers: {
      location: { value: location },
      'cache-control': { value: 'public, max-age=3600' },
    },
  };
}

function handler(event) {
  var request = event.request;
  var uri = request.uri;
  var plain = decoded(uri);
  if (plain.split('/').indexOf('.tidepost') >= 0) {
    request.uri = '/.not-found';
    return request;
  }
  var last = lastOf(uri);
  var index = decoded(last) === 'index.html';
  var wanted = index ? plain.slice(0, -10) : plain;
  var known = has(redirects, wanted) ? wanted : wanted + '/';
  if (has(redirects, known)) {
    return moved(redirects[known], request);
  }
  if (index) {
    return moved(local(uri.slice(0, -last.length)), request);
  }
  if (last !== '' && !isFile(plain)) {
    return moved(local(uri + '/'), request);
  }
  // S3 takes a plus sign in a path for a space.
  request.uri = (last ? uri : uri + 'index.html').replace(/\+/g, '%2B');
  return request;
}
