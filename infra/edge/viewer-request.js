// What a request's path means, at the edge. The rule and its reasons are in
// generator/publish/edge.py; tests/contract/urls.json holds both to the same answers.
// Runtime: cloudfront-js-2.0, at most 10,240 bytes with the redirects that publishing puts in.
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

function canonical(path) {
  var last = lastOf(path);
  if (last === 'index.html') {
    return path.slice(0, -10);
  }
  return last !== '' && last.indexOf('.') < 0 ? path + '/' : path;
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
  var known = canonical(plain);
  if (Object.prototype.hasOwnProperty.call(redirects, known)) {
    return moved(redirects[known], request);
  }
  var last = lastOf(uri);
  if (last === 'index.html') {
    return moved(local(uri.slice(0, -10)), request);
  }
  if (last !== '' && last.indexOf('.') < 0) {
    return moved(local(uri + '/'), request);
  }
  // S3 takes a plus sign in a path for a space.
  request.uri = (last ? uri : uri + 'index.html').replace(/\+/g, '%2B');
  return request;
}
