// openid-client is the certified relying party that most Node applications run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { BrowserSession } from '../../support/browser-session.mjs';
import { configure as discover, signIn } from '../support/suite.mjs';

const configure = () => discover('web', client.ClientSecretBasic('web-secret-0123456789-0123456789-0123456789'));

test('signs in, verifies the ID token with an independent library, reads userinfo and refreshes', async () => {
  const config = await configure();
  const browser = new BrowserSession();
  const tokens = await signIn(config, browser);
  const metadata = config.serverMetadata();
  const { payload } = await jwtVerify(tokens.id_token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
    issuer: metadata.issuer,
    audience: 'web',
    algorithms: ['RS256'],
  });
  assert.equal(payload.sub, tokens.claims().sub);

  const userinfo = await client.fetchUserInfo(config, tokens.access_token, payload.sub);
  assert.equal(userinfo.email, 'alice@acme.test');

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, payload.sub);
});

test('a second sign-in in the same browser is silent, and prompt=none works', async () => {
  const config = await configure();
  const browser = new BrowserSession();
  const first = await signIn(config, browser);
  const silent = await signIn(config, browser, { parameters: { prompt: 'none' } });
  assert.equal(silent.claims().sub, first.claims().sub);
  assert.equal(silent.claims().auth_time, first.claims().auth_time);
});

test('prompt=none without a session is login_required', async () => {
  const config = await configure();
  const silent = signIn(config, new BrowserSession(), { parameters: { prompt: 'none' } });
  await assert.rejects(silent, { error: 'login_required' });
});

test('a user who cancels at consent comes back with access_denied', async () => {
  const config = await configure();
  await assert.rejects(
    signIn(config, new BrowserSession(), { parameters: { prompt: 'consent' }, decision: 'deny' }),
    { error: 'access_denied' },
  );
});

test('the end-session URL ends the session', async () => {
  const config = await configure();
  const browser = new BrowserSession();
  const tokens = await signIn(config, browser);
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: 'http://127.0.0.1:9877/bye',
    state: 'signed-out-state',
  });
  const back = await browser.authorize(url, { redirectUri: 'http://127.0.0.1:9877/bye' });
  assert.equal(back.searchParams.get('state'), 'signed-out-state');
  const silent = signIn(config, browser, { parameters: { prompt: 'none' } });
  await assert.rejects(silent, { error: 'login_required' });
});
