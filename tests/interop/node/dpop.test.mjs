// DPoP (RFC 9449) by openid-client, which makes the proofs and follows the server's nonces.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { configure, refusalOf, signIn } from '../support/suite.mjs';

const web = () => configure('dpop-web', client.ClientSecretBasic('dpop-web-secret-0123456789-0123456789-0123456789'));
const spa = () => configure('dpop-spa', client.None());

test('a public client binds its tokens to its key, from the code to userinfo and through a refresh', async () => {
  const config = await spa();
  const keyPair = await client.randomDPoPKeyPair('ES256', { extractable: true });
  const DPoP = client.getDPoPHandle(config, keyPair);
  const parameters = { scope: 'openid profile offline_access', dpop_jkt: await DPoP.calculateThumbprint() };
  const tokens = await signIn(config, new BrowserSession(), { parameters, options: { DPoP } });
  assert.equal(tokens.token_type, 'dpop');
  const thumbprint = await calculateJwkThumbprint(await exportJWK(keyPair.publicKey));
  assert.deepEqual(decodeJwt(tokens.access_token).cnf, { jkt: thumbprint });

  const { sub } = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP });
  assert.equal(userinfo.name, 'Alice Liddell');

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal(refreshed.token_type, 'dpop');
  assert.equal((await client.fetchUserInfo(config, refreshed.access_token, sub, { DPoP })).sub, sub);
});

test('a bound token is refused without a proof and with the proof of another key', async () => {
  const config = await spa();
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
  const tokens = await signIn(config, new BrowserSession(), { options: { DPoP } });
  const { sub } = tokens.claims();
  const withoutProof = client.fetchUserInfo(config, tokens.access_token, sub);
  assert.deepEqual(await refusalOf(withoutProof), [401, 'invalid_token']);
  const other = { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair()) };
  const stolen = client.fetchUserInfo(config, tokens.access_token, sub, other);
  assert.deepEqual(await refusalOf(stolen), [401, 'invalid_dpop_proof']);
  const refresh = client.refreshTokenGrant(config, tokens.refresh_token, undefined, other);
  assert.deepEqual(await refusalOf(refresh), [400, 'invalid_grant']);
});

test('a client registered for DPoP gets no token without a proof', async () => {
  const config = await web();
  await assert.rejects(signIn(config, new BrowserSession()), { error: 'invalid_dpop_proof' });
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('PS256'));
  const tokens = await signIn(config, new BrowserSession(), { options: { DPoP } });
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).token_type, 'DPoP');
});
