// Certificates of clients (RFC 8705) over real TLS: openid-client with undici's agent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import { decodeJwt } from 'jose';
import { BrowserSession } from '../../support/browser-session.mjs';
import { issuer, preparedFile, refusalOf, signIn } from '../support/suite.mjs';

async function configure(t, clientId, certificate) {
  const connect = { ca: preparedFile('authority.pem') };
  if (certificate) {
    connect.cert = preparedFile(`${certificate}.pem`);
    connect.key = preparedFile(`${certificate}.key`);
  }
  const dispatcher = new Agent({ connect });
  t.after(() => dispatcher.close());
  const metadata = { use_mtls_endpoint_aliases: true };
  const withCertificate = (url, options) => undiciFetch(url, { ...options, dispatcher });
  return client.discovery(issuer, clientId, metadata, client.TlsClientAuth(), { [client.customFetch]: withCertificate });
}

for (const [clientId, certificate, method] of [
  ['interop-tls', 'client', 'tls_client_auth'],
  ['interop-self-signed', 'self-signed', 'self_signed_tls_client_auth'],
]) {
  test(`${method} signs in at the aliased endpoints with tokens bound to the certificate`, async (t) => {
    const config = await configure(t, clientId, certificate);
    const { issuer: named, token_endpoint: publicEndpoint, mtls_endpoint_aliases: aliases } = config.serverMetadata();
    assert.equal(named, issuer.href);
    assert.notEqual(new URL(aliases.token_endpoint).port, new URL(publicEndpoint).port);
    const tokens = await signIn(config, new BrowserSession());
    assert.ok(decodeJwt(tokens.access_token).cnf['x5t#S256']);
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(userinfo.name, 'Alice Liddell');
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(refreshed.claims().sub, tokens.claims().sub);
  });

  test(`${method} refuses another certificate, and none`, async (t) => {
    for (const wrong of ['stranger', undefined]) {
      const config = await configure(t, clientId, wrong);
      assert.deepEqual(await refusalOf(signIn(config, new BrowserSession())), [401, 'invalid_client']);
    }
  });
}

test('a token bound to a certificate is refused with another', async (t) => {
  const config = await configure(t, 'interop-tls', 'client');
  const tokens = await signIn(config, new BrowserSession());
  const thief = await configure(t, 'interop-tls', 'stranger');
  const theft = client.fetchUserInfo(thief, tokens.access_token, tokens.claims().sub);
  assert.deepEqual(await refusalOf(theft), [401, 'invalid_token']);
});
