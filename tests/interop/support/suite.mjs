// What the tests of this suite share: where the server is, what prepare.mjs made, and a sign-in by openid-client.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { importJWK } from 'jose';
import * as client from 'openid-client';

export const issuer = new URL(process.env.LATCHKEY_SUITE_ISSUER);
export const alice = { login: 'alice@acme.test', password: 'wonderland-in-spring' };
export const redirectUri = 'http://127.0.0.1:9877/callback';

const directory = process.env.INTEROP_DIR;
export const prepared = JSON.parse(readFileSync(join(directory, 'prepared.json'), 'utf8'));

/** The text of a file that prepare.mjs made. */
export const preparedFile = (name) => readFileSync(join(directory, name), 'utf8');
export const preparedPath = (name) => join(directory, name);

/** A private key of prepare.mjs, as the clients of others take it. */
export async function privateKey(name) {
  const jwk = prepared.keys[name].private;
  return { key: await importJWK(jwk, jwk.alg), kid: jwk.kid, alg: jwk.alg };
}

/** openid-client for one client of the fixture; on http, since the suite's server has no certificate. */
export const configure = (clientId, authentication, metadata) =>
  client.discovery(issuer, clientId, metadata, authentication, { execute: [client.allowInsecureRequests] });

/** The authorization request of a code flow, and what checks its answer. */
export async function codeRequest(extra = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const parameters = {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...extra,
  };
  return { parameters, checks };
}

/** A whole code flow; `build` makes the authorization URL, `options` go to the token request. */
export async function signIn(config, browser, { parameters: extra, build, options, decision } = {}) {
  const { parameters, checks } = await codeRequest(extra);
  const url = await (build ?? client.buildAuthorizationUrl)(config, parameters);
  const back = await browser.authorize(url, { redirectUri: parameters.redirect_uri, ...alice, decision });
  return client.authorizationCodeGrant(config, back, checks, undefined, options);
}

/** The status and the error code with which the server refuses; fails when it does not. */
export async function refusalOf(request) {
  const error = await request.then(
    () => {
      throw new Error('it was not refused');
    },
    (reason) => reason,
  );
  if (!error.response) throw error;
  const code = error.error ?? (await error.response.json()).error;
  return [error.response.status, code];
}

/** A server on that port of the loopback interface, closed at the end of the test; https with `cert` and `key` in `tls`. */
export async function listen(t, port, handler, tls) {
  const answer = (request, response) => {
    // The next test listens on the same port: fetch must not keep a connection to this one.
    response.shouldKeepAlive = false;
    return handler(request, response);
  };
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
}

/** The body of a request. */
export async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
