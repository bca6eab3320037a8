// Clients that prove who they are by a signature, as openid-client makes it (RFC 7523, OpenID Connect Core §9).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { configure, listen, prepared, privateKey, refusalOf, signIn } from '../support/suite.mjs';

const refused = [401, 'invalid_client'];

test('private_key_jwt signs in and refreshes, and a key that is not registered does not', async () => {
  const config = await configure('interop-pkjwt', client.PrivateKeyJwt(await privateKey('assertion')));
  const tokens = await signIn(config, new BrowserSession());
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, tokens.claims().sub);

  const other = { ...(await privateKey('other')), kid: prepared.keys.assertion.public.kid };
  const stranger = await configure('interop-pkjwt', client.PrivateKeyJwt(other));
  assert.deepEqual(await refusalOf(client.refreshTokenGrant(stranger, refreshed.refresh_token)), refused);
});

test('the keys of private_key_jwt may stand at jwks_uri', async (t) => {
  let asked = 0;
  await listen(t, prepared.ports.relyingParty, (request, response) => {
    asked += 1;
    assert.equal(request.url, '/jwks');
    response.setHeader('content-type', 'application/jwk-set+json');
    response.end(JSON.stringify({ keys: [prepared.keys.assertion.public] }));
  });
  const config = await configure('interop-jwks-uri', client.PrivateKeyJwt(await privateKey('assertion')));
  const tokens = await signIn(config, new BrowserSession());
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(userinfo.email, 'alice@acme.test');
  assert.equal(asked, 1);
});

test('client_secret_jwt signs in, introspects and revokes, and another secret does not', async () => {
  const config = await configure('interop-secret-jwt', client.ClientSecretJwt(prepared.secrets['interop-secret-jwt']));
  const tokens = await signIn(config, new BrowserSession());
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, true);
  await client.tokenRevocation(config, tokens.refresh_token);
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false);

  const stranger = await configure('interop-secret-jwt', client.ClientSecretJwt('another-secret-of-32-characters-!'));
  assert.deepEqual(await refusalOf(client.tokenIntrospection(stranger, tokens.access_token)), refused);
});

test('an assertion that was sent once is refused the second time', async () => {
  const sameAssertion = { [client.modifyAssertion]: (header, payload) => Object.assign(payload, { jti: 'interop-once' }) };
  const key = await privateKey('assertion');
  const config = await configure('interop-pkjwt', client.PrivateKeyJwt(key, sameAssertion));
  assert.equal((await client.tokenIntrospection(config, 'no-token')).active, false);
  assert.deepEqual(await refusalOf(client.tokenIntrospection(config, 'no-token')), refused);
});
