// The MCP TypeScript SDK's OAuth client: from a 401 of a tool server to a token for it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { auth, extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { BrowserSession } from '../../support/browser-session.mjs';
import { alice, issuer, listen, prepared, preparedFile, redirectUri } from '../support/suite.mjs';

const origin = `http://127.0.0.1:${prepared.ports.mcp}`;
const serverUrl = `${origin}/mcp`;
const metadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`;

/** A tool server: tells where its metadata is (RFC 9728 §5.1), and takes access tokens for itself. */
async function toolServer(t) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/oauth2/jwks`));
  const metadata = {
    resource: serverUrl,
    authorization_servers: [issuer.href],
    scopes_supported: ['openid', 'offline_access', 'mcp:tools'],
  };
  await listen(t, prepared.ports.mcp, async (request, response) => {
    if (request.url === new URL(metadataUrl).pathname) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(metadata));
      return;
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const checks = { issuer: issuer.href, audience: serverUrl, typ: 'at+jwt' };
    const verified = await jwtVerify(token, keys, checks).catch(() => undefined);
    if (verified) {
      response.end(JSON.stringify({ sub: verified.payload.sub, scope: verified.payload.scope }));
    } else {
      response.setHeader('www-authenticate', `Bearer resource_metadata="${metadataUrl}"`);
      response.writeHead(401).end();
    }
  });
}

/** What an MCP client keeps of its one authorization; `more` adds to the interface of the SDK. */
function provider(more) {
  const kept = {};
  return {
    kept,
    redirectUrl: redirectUri,
    clientMetadata: {
      client_name: 'MCP inspector',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => (kept.state ??= randomUUID()),
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    redirectToAuthorization: (url) => void (kept.url = url),
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier,
    ...more,
  };
}

/** The SDK's way: 401, metadata, authorization, code, token; then the call succeeds. */
async function authorize(client) {
  const refused = await fetch(serverUrl);
  assert.equal(refused.status, 401);
  const { resourceMetadataUrl } = extractWWWAuthenticateParams(refused);
  const options = { serverUrl, resourceMetadataUrl };
  assert.equal(await auth(client, options), 'REDIRECT');
  assert.equal(client.kept.url.searchParams.get('resource'), serverUrl);
  const back = await new BrowserSession().authorize(client.kept.url, { redirectUri, ...alice });
  assert.equal(back.searchParams.get('state'), client.kept.state);
  assert.equal(await auth(client, { ...options, authorizationCode: back.searchParams.get('code') }), 'AUTHORIZED');
  return options;
}

async function call(client) {
  const headers = { authorization: `Bearer ${client.kept.tokens.access_token}` };
  return fetch(serverUrl, { headers });
}

test('an MCP client with a registered client id gets a token for the server that refused it, and refreshes it', async (t) => {
  await toolServer(t);
  const client = provider({ saveClientInformation: undefined });
  client.kept.client = { client_id: 'interop-mcp', issuer: issuer.href };
  const options = await authorize(client);
  const answer = await call(client);
  assert.equal(answer.status, 200);
  assert.match((await answer.json()).scope, /mcp:tools/);

  const { access_token: first } = client.kept.tokens;
  assert.equal(await auth(client, options), 'AUTHORIZED', 'by the refresh token');
  assert.notEqual(client.kept.tokens.access_token, first);
  assert.equal((await call(client)).status, 200);
});

test('an MCP client that nobody knows registers itself and gets a token for the server that refused it', async (t) => {
  await toolServer(t);
  const client = provider();
  await authorize(client);
  assert.equal(client.kept.client.issuer, issuer.href);
  assert.notEqual(client.kept.client.client_id, 'interop-mcp');
  const answer = await call(client);
  assert.equal(answer.status, 200);
  assert.match((await answer.json()).scope, /mcp:tools/);
});

test('an MCP client is known by its client ID metadata document, without registration', async (t) => {
  await toolServer(t);
  const clientMetadataUrl = `https://localhost:${prepared.ports.documents}/mcp-client.json`;
  const client = provider({ clientMetadataUrl });
  const document = JSON.stringify({ client_id: clientMetadataUrl, ...client.clientMetadata });
  let asked = 0;
  const answerDocument = (request, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json');
    response.writeHead(request.url === '/mcp-client.json' ? 200 : 404).end(document);
  };
  const tls = { cert: preparedFile('server.pem'), key: preparedFile('server.key') };
  await listen(t, prepared.ports.documents, answerDocument, tls);
  const options = await authorize(client);
  assert.equal(client.kept.url.searchParams.get('client_id'), clientMetadataUrl);
  assert.equal((await call(client)).status, 200);
  assert.equal(await auth(client, options), 'AUTHORIZED', 'by the refresh token');
  assert.equal((await call(client)).status, 200);
  assert.equal(asked, 1, 'one copy serves all of it');
});

test('an MCP client whose document names another client is refused', async (t) => {
  await toolServer(t);
  const clientMetadataUrl = `https://localhost:${prepared.ports.documents}/forged.json`;
  const client = provider({ clientMetadataUrl });
  const document = JSON.stringify({ client_id: 'https://elsewhere.example/client.json', ...client.clientMetadata });
  const tls = { cert: preparedFile('server.pem'), key: preparedFile('server.key') };
  const answerDocument = (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(document);
  };
  await listen(t, prepared.ports.documents, answerDocument, tls);
  assert.equal(await auth(client, { serverUrl }), 'REDIRECT');
  assert.equal((await new BrowserSession().request(client.kept.url)).status, 400);
});
