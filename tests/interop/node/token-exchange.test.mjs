// Token exchange (RFC 8693) by openid-client's generic grant request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { configure, refusalOf, signIn } from '../support/suite.mjs';

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const orders = 'https://gr-orders.acme.test';
const billing = 'https://gr-billing.acme.test';
const bySecret = (clientId) =>
  configure(clientId, client.ClientSecretBasic('grants-secret-0123456789-0123456789-0123456789'));

/** The access token of alice at the orders API, and her subject. */
async function subjectToken() {
  const parameters = { scope: 'openid gr:read gr:bill' };
  const tokens = await signIn(await bySecret('gr-web'), new BrowserSession(), { parameters });
  return { subject_token: tokens.access_token, subject_token_type: accessToken, sub: tokens.claims().sub };
}

async function verified(config, token, audience) {
  const { issuer, jwks_uri: uri } = config.serverMetadata();
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(uri)), { issuer, audience, typ: 'at+jwt' });
  return payload;
}

test('a resource server exchanges the token of its caller for one of the next resource server', async () => {
  const { sub, ...subject } = await subjectToken();
  const config = await bySecret('gr-api');
  const exchanged = await client.genericGrantRequest(config, grantType, { ...subject, audience: billing });
  assert.equal(exchanged.issued_token_type, accessToken);
  const claims = await verified(config, exchanged.access_token, billing);
  assert.deepEqual([claims.sub, claims.client_id, claims.act], [sub, 'gr-api', undefined]);
});

test('an agent that acts for the user is named in the exchanged token', async () => {
  const { sub, ...subject } = await subjectToken();
  const config = await bySecret('gr-agent');
  const exchanged = await client.genericGrantRequest(config, grantType, { ...subject, audience: orders, scope: 'gr:read' });
  const claims = await verified(config, exchanged.access_token, orders);
  assert.deepEqual([claims.sub, claims.scope, claims.act], [sub, 'gr:read', { sub: 'gr-agent' }]);
});

test('a token is not exchanged for a target that the client may not reach, nor for more scope', async () => {
  const { sub, ...subject } = await subjectToken();
  assert.ok(sub);
  const elsewhere = client.genericGrantRequest(await bySecret('gr-api'), grantType, { ...subject, audience: orders });
  assert.deepEqual(await refusalOf(elsewhere), [400, 'invalid_target']);
  const more = { ...subject, audience: orders, scope: 'gr:read gr:write' };
  const grown = client.genericGrantRequest(await bySecret('gr-agent'), grantType, more);
  assert.deepEqual(await refusalOf(grown), [400, 'invalid_scope']);
});
