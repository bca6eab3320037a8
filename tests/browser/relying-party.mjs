// A relying party of a few lines: it listens where the client registered, and remembers what came back.
import { createServer } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { test as base } from '@playwright/test';

const issuer = process.env.LATCHKEY_SUITE_ISSUER;

class RelyingParty {
  constructor(server) {
    this.server = server;
    this.origin = `http://127.0.0.1:${server.address().port}`;
    this.redirectUri = `${this.origin}/callback`;
  }

  /** The authorization URL of a new request; `extra` adds or replaces parameters. */
  authorizationUrl(extra = {}) {
    this.verifier = randomBytes(32).toString('base64url');
    const url = new URL(`${issuer}/oauth2/authorize`);
    const params = {
      client_id: 'web',
      redirect_uri: this.redirectUri,
      response_type: 'code',
      scope: 'openid profile email offline_access orders:write',
      state: 'state-0123456789',
      nonce: 'nonce-0123456789',
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...extra,
    };
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Redeems the code of a callback URL. */
  async redeem(callback) {
    const response = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('web:web-secret-0123456789-0123456789-0123456789').toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(callback).searchParams.get('code'),
        redirect_uri: this.redirectUri,
        code_verifier: this.verifier,
      }),
    });
    return { status: response.status, body: await response.json() };
  }
}

export const test = base.extend({
  rp: async ({}, use) => {
    const server = createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><html lang="en"><title>Relying party</title><h1>Back at the application</h1>');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    await use(new RelyingParty(server));
    server.closeAllConnections();
    server.close();
  },
});

export { expect } from '@playwright/test';

/** Fills in the sign-in page. */
export async function signIn(page, login = 'alice', password = 'wonderland-in-spring') {
  await page.locator('[name=login]').fill(login);
  await page.locator('[name=password]').fill(password);
  await page.locator('#submit').click();
}
