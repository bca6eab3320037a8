// Encrypted ID tokens and userinfo (RFC 7516), opened by openid-client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { configure, prepared, privateKey, signIn } from '../support/suite.mjs';

async function configured(clientId, keyName, encryption, metadata) {
  const config = await configure(clientId, client.ClientSecretBasic(prepared.secrets[clientId]), metadata);
  client.enableDecryptingResponses(config, [encryption], await privateKey(keyName));
  return config;
}

test('an ID token and userinfo encrypted with RSA-OAEP-256 are opened and verified', async () => {
  const metadata = { userinfo_signed_response_alg: 'RS256' };
  const config = await configured('interop-jwe-rsa', 'rsa', 'A128CBC-HS256', metadata);
  const tokens = await signIn(config, new BrowserSession());
  const { alg, enc, cty } = decodeProtectedHeader(tokens.id_token);
  assert.deepEqual({ alg, enc, cty }, { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', cty: 'JWT' });
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(userinfo.email, 'alice@acme.test');
});

test('an ID token encrypted with ECDH-ES+A256KW and A256GCM is opened and verified', async () => {
  const config = await configured('interop-jwe-ec', 'ec', 'A256GCM');
  const tokens = await signIn(config, new BrowserSession());
  const { alg, enc } = decodeProtectedHeader(tokens.id_token);
  assert.deepEqual({ alg, enc }, { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' });
  assert.equal(tokens.claims().aud, 'interop-jwe-ec');
});

test('an encrypted ID token is of no use to a client without the key', async () => {
  const config = await configure('interop-jwe-ec', client.ClientSecretBasic(prepared.secrets['interop-jwe-ec']));
  await assert.rejects(signIn(config, new BrowserSession()), { code: 'OAUTH_UNSUPPORTED_OPERATION' });
});
