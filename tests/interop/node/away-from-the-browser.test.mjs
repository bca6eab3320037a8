// Device authorization (RFC 8628) and CIBA in poll mode, as openid-client asks and polls; the user answers in a browser.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as client from 'openid-client';
import { BrowserSession } from '../../support/browser-session.mjs';
import { alice, configure, issuer } from '../support/suite.mjs';

const bob = { login: 'bob', password: 'builder-in-autumn' };
const tv = () => configure('dev-tv', client.None());
const bank = () => configure('ciba-poll', client.ClientSecretBasic('ciba-secret-0123456789-0123456789-0123456789'));
const under = (path) => `${issuer}/${path}`;

// Each waits for 5 seconds before it asks, as the server tells it to.
describe('away from the browser', { concurrency: true }, () => {
  test('a device gets tokens once its user has allowed it, and only then', async () => {
    const config = await tv();
    const asked = await client.initiateDeviceAuthorization(config, { scope: 'openid profile offline_access' });
    await new BrowserSession().authorize(asked.verification_uri_complete, {
      ...alice,
      redirectUri: under('device/connected'),
    });
    const tokens = await client.pollDeviceAuthorizationGrant(config, asked);
    const { sub } = tokens.claims();
    assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).name, 'Alice Liddell');
    assert.equal((await client.refreshTokenGrant(config, tokens.refresh_token)).claims().sub, sub);
    await assert.rejects(client.pollDeviceAuthorizationGrant(config, asked), { error: 'invalid_grant' });
  });

  test('a device whose user refuses gets access_denied', async () => {
    const config = await tv();
    const asked = await client.initiateDeviceAuthorization(config, { scope: 'openid' });
    await new BrowserSession().authorize(asked.verification_uri_complete, {
      ...bob,
      redirectUri: under('device/refused'),
      decision: 'deny',
    });
    await assert.rejects(client.pollDeviceAuthorizationGrant(config, asked), { error: 'access_denied' });
  });

  test('a client that asks the user by CIBA gets tokens once the user has allowed it', async () => {
    const config = await bank();
    const asked = await client.initiateBackchannelAuthentication(config, {
      scope: 'openid email',
      login_hint: 'alice@acme.test',
      binding_message: 'W4SCT',
    });
    await new BrowserSession().authorize(under('requests'), { ...alice, redirectUri: under('requests/allowed') });
    const tokens = await client.pollBackchannelAuthenticationGrant(config, asked);
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(userinfo.email, 'alice@acme.test');
  });

  test('a client that asks the user by CIBA gets access_denied once the user has refused it', async () => {
    const config = await bank();
    const asked = await client.initiateBackchannelAuthentication(config, { scope: 'openid', login_hint: 'bob' });
    await new BrowserSession().authorize(under('requests'), {
      ...bob,
      redirectUri: under('requests/refused'),
      decision: 'deny',
    });
    await assert.rejects(client.pollBackchannelAuthenticationGrant(config, asked), { error: 'access_denied' });
  });
});
