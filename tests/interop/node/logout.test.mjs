// Back-channel logout: what arrives at a relying party, verified by jose as OpenID Connect Back-Channel Logout §2.6 asks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { bodyOf, configure, listen, prepared, signIn } from '../support/suite.mjs';

test('signing out posts a logout token that names the session of the ID token', async (t) => {
  let arrived;
  const notice = new Promise((resolve) => {
    arrived = resolve;
  });
  await listen(t, prepared.ports.relyingParty, async (request, response) => {
    arrived({ method: request.method, url: request.url, form: new URLSearchParams(await bodyOf(request)) });
    response.end();
  });
  const config = await configure('interop-logout', client.ClientSecretBasic(prepared.secrets['interop-logout']));
  const browser = new BrowserSession();
  const tokens = await signIn(config, browser);
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: 'http://127.0.0.1:9877/bye',
  });
  await browser.authorize(url, { redirectUri: 'http://127.0.0.1:9877/bye' });

  const { method, url: path, form } = await notice;
  assert.deepEqual([method, path, [...form.keys()]], ['POST', '/backchannel-logout', ['logout_token']]);
  const metadata = config.serverMetadata();
  const { payload } = await jwtVerify(form.get('logout_token'), createRemoteJWKSet(new URL(metadata.jwks_uri)), {
    issuer: metadata.issuer,
    audience: 'interop-logout',
    typ: 'logout+jwt',
    algorithms: ['RS256'],
    requiredClaims: ['iat', 'exp', 'jti'],
  });
  const { sub, sid } = tokens.claims();
  assert.deepEqual([payload.sub, payload.sid], [sub, sid]);
  assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
  assert.equal(payload.nonce, undefined);
});
