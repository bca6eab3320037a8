// mod_auth_openidc in a real Apache: pages behind a sign-in, and an API behind introspection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { startApache } from '../support/apache.mjs';
import { alice, configure, issuer, prepared, preparedPath, signIn } from '../support/suite.mjs';

const withSecret = [
  'OIDCProviderTokenEndpointAuth client_secret_basic',
  `OIDCClientSecret ${prepared.secrets['interop-apache']}`,
];
// The module knows the method only once it has a key.
const withKey = [
  `OIDCPublicKeyFiles ${prepared.keys.apache.public.kid}#${preparedPath('apache.pub')}`,
  `OIDCPrivateKeyFiles ${prepared.keys.apache.public.kid}#${preparedPath('apache.key')}`,
  'OIDCProviderTokenEndpointAuth private_key_jwt',
];

const web = () => configure('web', client.ClientSecretBasic('web-secret-0123456789-0123456789-0123456789'));

/** Opens /protected, signs in, and answers the protected page. */
async function open(origin, browser) {
  const redirectUri = `${origin}/protected/redirect_uri`;
  const back = await browser.authorize(`${origin}/protected`, { redirectUri, ...alice });
  const landed = await browser.request(back);
  assert.equal(landed.status, 302, await landed.text());
  assert.equal(landed.headers.get('location'), `${origin}/protected`);
  return browser.request(`${origin}/protected`);
}

async function isSignedIn(origin, browser) {
  return (await browser.request(`${origin}/protected`)).status === 200;
}

test('a page behind Apache is shown after a sign-in, with the user in its headers', async (t) => {
  const { origin } = await startApache(t, 'interop-apache', withSecret);
  const browser = new BrowserSession();
  const stranger = await browser.request(`${origin}/protected`);
  assert.equal(stranger.status, 302);
  const request = new URL(stranger.headers.get('location'));
  assert.equal(request.origin, issuer.origin);
  assert.equal(request.searchParams.get('code_challenge_method'), 'S256');

  const page = await open(origin, browser);
  assert.equal(page.status, 200);
  assert.equal(await page.text(), 'the protected page\n');
  assert.equal(page.headers.get('oidc_claim_iss'), issuer.href);
  assert.equal(page.headers.get('oidc_claim_name'), 'Alice Liddell');
  assert.equal(page.headers.get('oidc_claim_email'), 'alice@acme.test');

  const bobs = await browser.request(`${origin}/protected/bob`);
  assert.equal(bobs.status, 401, 'a page for somebody else');
});

test('signing out at Apache ends both sessions', async (t) => {
  const { origin } = await startApache(t, 'interop-apache', withSecret);
  const browser = new BrowserSession();
  assert.equal((await open(origin, browser)).status, 200);
  const logout = `${origin}/protected/redirect_uri?logout=${encodeURIComponent(`${origin}/bye`)}`;
  await browser.authorize(logout, { redirectUri: `${origin}/bye` });
  assert.equal(await isSignedIn(origin, browser), false);
  const silent = signIn(await web(), browser, { parameters: { prompt: 'none' } });
  await assert.rejects(silent, { error: 'login_required' });
});

test('signing out elsewhere ends the session at Apache by a back-channel logout token', async (t) => {
  const { origin, log } = await startApache(t, 'interop-apache', withSecret);
  const browser = new BrowserSession();
  assert.equal((await open(origin, browser)).status, 200);
  const config = await web();
  const elsewhere = await signIn(config, browser);
  const bye = 'http://127.0.0.1:9877/bye';
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: elsewhere.id_token,
    post_logout_redirect_uri: bye,
  });
  await browser.authorize(url, { redirectUri: bye });
  const deadline = Date.now() + 15_000;
  while (await isSignedIn(origin, browser)) {
    assert.ok(Date.now() < deadline, `still signed in: ${log()}`);
    await pause(100);
  }
});

test('Apache signs in by private_key_jwt', async (t) => {
  const { origin } = await startApache(t, 'interop-apache-jwt', withKey);
  const page = await open(origin, new BrowserSession());
  assert.equal(page.status, 200);
  assert.equal(page.headers.get('oidc_claim_email'), 'alice@acme.test');
});

test('an API behind Apache takes a token that introspection calls active, and no other', async (t) => {
  const { origin } = await startApache(t, 'interop-apache', withSecret);
  const config = await web();
  const parameters = { scope: 'openid orders:read' };
  const tokens = await signIn(config, new BrowserSession(), { parameters });
  const call = (token) => fetch(`${origin}/api`, { headers: { authorization: `Bearer ${token}` } });
  const answer = await call(tokens.access_token);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('oidc_claim_sub'), tokens.claims().sub);
  assert.equal((await call(`${tokens.access_token}x`)).status, 401);
  assert.equal((await fetch(`${origin}/api`)).status, 401);
});
