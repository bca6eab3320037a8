// Dynamic registration (RFC 7591), as openid-client does it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { issuer, redirectUri, refusalOf, signIn } from '../support/suite.mjs';

const register = (metadata) =>
  client.dynamicClientRegistration(issuer, metadata, undefined, { execute: [client.allowInsecureRequests] });

test('a client that registers itself signs in with what it was given', async () => {
  const config = await register({
    client_name: 'Registered by itself',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid offline_access',
  });
  const registered = config.clientMetadata();
  assert.ok(registered.client_id && registered.client_secret);
  const tokens = await signIn(config, new BrowserSession(), { parameters: { scope: 'openid offline_access' } });
  assert.equal(tokens.claims().aud, registered.client_id);
  assert.ok((await client.refreshTokenGrant(config, tokens.refresh_token)).access_token);
});

test('a registration with a redirect URI that is none is refused', async () => {
  const refused = register({ redirect_uris: ['http://attacker.example/callback'] });
  assert.deepEqual(await refusalOf(refused), [400, 'invalid_redirect_uri']);
});
