// Pushed requests (RFC 9126), request objects (RFC 9101) and signed answers (JARM), as openid-client makes and checks them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { alice, codeRequest, configure, prepared, privateKey, redirectUri, refusalOf, signIn } from '../support/suite.mjs';

const bySecret = (clientId, metadata) =>
  configure(clientId, client.ClientSecretBasic(prepared.secrets[clientId]), metadata);
const byKey = async (clientId, metadata) =>
  configure(clientId, client.PrivateKeyJwt(await privateKey('assertion')), metadata);

/** The error that the browser brings back. */
async function errorOf(config, url) {
  const back = await new BrowserSession().authorize(url, { redirectUri, ...alice });
  return back.searchParams.get('error');
}

test('a pushed request signs in, with nothing but a reference in the browser', async () => {
  const config = await bySecret('interop-par');
  let url;
  const build = async (...request) => (url = await client.buildAuthorizationUrlWithPAR(...request));
  const tokens = await signIn(config, new BrowserSession(), { build });
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  assert.equal(tokens.claims().aud, 'interop-par');
});

test('a client that must push is refused with its parameters in the browser', async () => {
  const config = await bySecret('interop-par');
  const { parameters } = await codeRequest();
  assert.equal(await errorOf(config, client.buildAuthorizationUrl(config, parameters)), 'invalid_request');
});

test('a pushed request of an unregistered redirect URI or without client authentication is refused at once', async () => {
  const { parameters } = await codeRequest({ redirect_uri: 'http://127.0.0.1/elsewhere' });
  const refused = client.buildAuthorizationUrlWithPAR(await bySecret('interop-par'), parameters);
  assert.equal((await refusalOf(refused))[0], 400);
  const stranger = await configure('interop-par', client.ClientSecretBasic('wrong'));
  const { parameters: good } = await codeRequest();
  const unauthenticated = client.buildAuthorizationUrlWithPAR(stranger, good);
  assert.deepEqual(await refusalOf(unauthenticated), [401, 'invalid_client']);
});

test('a signed request object signs in, in the browser and pushed', async () => {
  const config = await byKey('interop-jar');
  const key = await privateKey('assertion');
  const inBrowser = (...request) => client.buildAuthorizationUrlWithJAR(...request, key);
  assert.equal((await signIn(config, new BrowserSession(), { build: inBrowser })).claims().aud, 'interop-jar');
  const pushed = async (...request) => {
    const { searchParams } = await client.buildAuthorizationUrlWithJAR(...request, key);
    return client.buildAuthorizationUrlWithPAR(config, searchParams);
  };
  assert.equal((await signIn(config, new BrowserSession(), { build: pushed })).claims().aud, 'interop-jar');
});

test('a request object by another key is refused, and so is a plain request of a client that must sign', async () => {
  const config = await byKey('interop-jar');
  const { parameters } = await codeRequest();
  const other = { ...(await privateKey('other')), kid: prepared.keys.assertion.public.kid };
  const { searchParams } = await client.buildAuthorizationUrlWithJAR(config, parameters, other);
  const forged = client.buildAuthorizationUrlWithPAR(config, searchParams);
  assert.deepEqual(await refusalOf(forged), [400, 'invalid_request_object']);
  const plain = client.buildAuthorizationUrlWithPAR(config, parameters);
  assert.deepEqual(await refusalOf(plain), [400, 'invalid_request']);
});

test('a signed answer is one parameter that openid-client verifies', async () => {
  const config = await bySecret('interop-jarm', { authorization_signed_response_alg: 'ES256' });
  client.useJwtResponseMode(config);
  const { parameters, checks } = await codeRequest();
  const url = client.buildAuthorizationUrl(config, parameters);
  const back = await new BrowserSession().authorize(url, { redirectUri, ...alice });
  assert.deepEqual([...back.searchParams.keys()], ['response']);
  assert.equal(decodeProtectedHeader(back.searchParams.get('response')).alg, 'ES256');
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims().aud, 'interop-jarm');
});

test('a signed answer may also be an error', async () => {
  const config = await bySecret('interop-jarm', { authorization_signed_response_alg: 'ES256' });
  client.useJwtResponseMode(config);
  const silent = signIn(config, new BrowserSession(), { parameters: { prompt: 'none' } });
  await assert.rejects(silent, { error: 'login_required' });
});

test('FAPI 2.0 Message Signing: signed and pushed request, DPoP, key as credential and signed answer in one flow', async () => {
  const config = await byKey('interop-fapi2', {
    authorization_signed_response_alg: 'PS256',
    id_token_signed_response_alg: 'ES256',
  });
  client.useJwtResponseMode(config);
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
  const key = await privateKey('assertion');
  const build = async (...request) => {
    const { searchParams } = await client.buildAuthorizationUrlWithJAR(...request, key);
    return client.buildAuthorizationUrlWithPAR(config, searchParams, { DPoP });
  };
  const parameters = { redirect_uri: 'https://interop.acme.test/callback' };
  const tokens = await signIn(config, new BrowserSession(), { parameters, build, options: { DPoP } });
  assert.equal(tokens.token_type, 'dpop');
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
  assert.equal(userinfo.email, 'alice@acme.test');
});
