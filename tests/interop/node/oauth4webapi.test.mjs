// oauth4webapi checks every field of every answer; what it accepts, a strict client accepts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { BrowserSession } from '../../support/browser-session.mjs';

const issuer = new URL(process.env.LATCHKEY_SUITE_ISSUER);
const redirectUri = 'http://127.0.0.1:9876/callback';
const http = { [oauth.allowInsecureRequests]: true };
const alice = { login: 'alice', password: 'wonderland-in-spring' };
const webSecret = 'web-secret-0123456789-0123456789-0123456789';

const discover = async (algorithm = 'oidc') =>
  oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...http }));

async function codeFlow(as, client, authentication, { scope, browser = new BrowserSession() }) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })) {
    url.searchParams.set(name, value);
  }
  const back = await browser.authorize(url, { redirectUri, ...alice });
  const params = oauth.validateAuthResponse(as, client, back, state);
  const response = await oauth.authorizationCodeGrantRequest(
    as, client, authentication, params, redirectUri, verifier, http,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(as, response, http);
  return tokens;
}

test('discovery works by both documents', async () => {
  const oidc = await discover('oidc');
  const oauth2 = await discover('oauth2');
  assert.equal(oidc.issuer, issuer.href);
  assert.equal(oauth2.token_endpoint, oidc.token_endpoint);
  assert.equal(oidc.authorization_response_iss_parameter_supported, true);
});

test('a confidential client runs code, userinfo, refresh, introspection and revocation', async () => {
  const as = await discover();
  const client = { client_id: 'web' };
  const authentication = oauth.ClientSecretBasic(webSecret);
  const tokens = await codeFlow(as, client, authentication, {
    scope: 'openid profile email offline_access orders:read',
  });
  const idClaims = oauth.getValidatedIdTokenClaims(tokens);
  assert.ok(idClaims.auth_time > 0);

  const userinfo = await oauth.processUserInfoResponse(
    as, client, idClaims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, http),
  );
  assert.equal(userinfo.name, 'Alice Liddell');
  assert.equal(userinfo.email_verified, true);

  const refreshed = await oauth.processRefreshTokenResponse(
    as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, http),
  );
  assert.notEqual(refreshed.access_token, tokens.access_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);

  const introspect = async (token) =>
    oauth.processIntrospectionResponse(
      as, client, await oauth.introspectionRequest(as, client, authentication, token, http),
    );
  const active = await introspect(refreshed.access_token);
  assert.equal(active.active, true);
  assert.equal(active.sub, idClaims.sub);

  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token, http),
  );
  assert.equal((await introspect(refreshed.access_token)).active, false);
});

test('a client that posts its secret and a public client run the code flow', async () => {
  const as = await discover();
  const posted = await codeFlow(
    as,
    { client_id: 'web-post' },
    oauth.ClientSecretPost('post-secret-0123456789-0123456789-0123456789'),
    { scope: 'openid email' },
  );
  assert.ok(posted.access_token);
  const publicClient = await codeFlow(as, { client_id: 'spa' }, oauth.None(), { scope: 'openid profile' });
  assert.ok(publicClient.id_token);
});

test('the access token is an at+jwt that a resource server can validate', async () => {
  const as = await discover();
  const client = { client_id: 'web' };
  const tokens = await codeFlow(as, client, oauth.ClientSecretBasic(webSecret), { scope: 'openid orders:read' });
  const request = new Request('https://api.acme.test/orders', {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(as, request, 'https://api.acme.test', http);
  assert.equal(claims.client_id, 'web');
  assert.match(claims.scope, /orders:read/);
});

test('client_credentials gives a token, and a wrong secret invalid_client', async () => {
  const as = await discover();
  const client = { client_id: 'machine' };
  const good = oauth.ClientSecretBasic('machine-secret-0123456789-0123456789-0123456789');
  const granted = await oauth.processClientCredentialsResponse(
    as, client, await oauth.clientCredentialsGrantRequest(as, client, good, { scope: 'orders:read' }, http),
  );
  assert.equal(granted.token_type, 'bearer');

  const refused = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic('wrong'), {}, http);
  assert.equal(refused.status, 401);
  await assert.rejects(oauth.processClientCredentialsResponse(as, client, refused));
});
