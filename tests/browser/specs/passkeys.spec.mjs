import { randomUUID } from 'node:crypto';
import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';
import { arrive, asks } from '../people.mjs';

const password = 'a-noticeboard-in-the-park';
const base = `${process.env.LATCHKEY_SUITE_URL}/t/commons`;

const commons = (rp, extra = {}) => asks(rp, 'commons', { client_id: 'accounts-web', ...extra });

/** Chromium's virtual authenticator: a device that keeps passkeys and recognizes its user, unless told otherwise. */
const addDevice = async (page, options = {}) => {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  });
  return {
    kept: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    keep: (credential) => cdp.send('WebAuthn.addCredential', { authenticatorId, credential }),
    forget: () => cdp.send('WebAuthn.clearCredentials', { authenticatorId }),
    recognizes: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    touches: (enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
  };
};

const signUp = async (page, rp) => {
  const name = `petra-${randomUUID()}`;
  await page.goto(commons(rp, { prompt: 'create' }));
  await page.locator('[name=username]').fill(name);
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password_confirmation]').fill(password);
  // As in a browser that can make none: the offer is for later.
  await page.locator('#can-make-passkeys').evaluate((field) => { field.value = ''; });
  await page.locator('#submit').click();
  await arrive(page, rp);
  return name;
};

/** A user whose passkey is on the device; it was made at the own account. */
const withPasskey = async (page, rp, device) => {
  const name = await signUp(page, rp);
  // While the device does not answer by itself, the sign-in page waits for the password.
  await device.touches(false);
  await page.goto(`${base}/account/security`);
  await signIn(page, name, password);
  await page.locator('#add-passkey').click();
  await device.touches(true);
  await page.locator('[name=name]').fill('Test device');
  await page.locator('#passkey').click();
  await page.waitForURL(/second-factor\/passkey/);
  await page.locator('#passkey').click();
  await expect(page.locator('#own-passkeys')).toContainText('Test device');
  return name;
};

const signOut = (page) => page.context().clearCookies();

test('a user adds a passkey at the own account, renames and removes it', async ({ page, rp }) => {
  const device = await addDevice(page);
  await withPasskey(page, rp, device);
  expect(await device.kept()).toHaveLength(1);
  await page.locator('#own-passkeys summary').click();
  await page.locator('#own-passkeys [name=name]').fill('Kitchen tablet');
  await page.locator('#own-passkeys [name=rename]').click();
  await expect(page.locator('#own-passkeys')).toContainText('Kitchen tablet');
  await page.getByRole('button', { name: /^Remove Kitchen tablet/ }).click();
  await expect(page.locator('#own-passkeys')).toHaveCount(0);
});

test('the name field offers the passkey, and who picks it is signed in without typing', async ({ page, rp }) => {
  const device = await addDevice(page);
  await withPasskey(page, rp, device);
  await signOut(page);
  await expect(async () => expect(await page.evaluate(() => PublicKeyCredential.isConditionalMediationAvailable())).toBe(true)).toPass();
  // The virtual device picks the passkey that the list would show.
  await page.goto(commons(rp));
  await arrive(page, rp);
});

test('the button signs in without a name, and from the keyboard', async ({ page, rp }) => {
  const device = await addDevice(page);
  await withPasskey(page, rp, device);
  await signOut(page);
  await page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
  await page.goto(commons(rp));
  await page.locator('#passkey').focus();
  await page.keyboard.press('Enter');
  await arrive(page, rp);
});

test('as second factor it comes after the password', async ({ page, rp }) => {
  const device = await addDevice(page);
  const name = await withPasskey(page, rp, device);
  await signOut(page);
  await device.touches(false);
  await page.goto(commons(rp, { acr_values: '2' }));
  await signIn(page, name, password);
  await expect(page).toHaveURL(/second-factor\/passkey/);
  await device.touches(true);
  await page.locator('#passkey').click();
  await arrive(page, rp);
});

test('a device that does not recognize its user is refused, and the password is still there', async ({ page, rp }) => {
  const device = await addDevice(page);
  const name = await withPasskey(page, rp, device);
  await signOut(page);
  await device.recognizes(false);
  await page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
  await page.goto(commons(rp));
  await page.locator('#passkey').click();
  await expect(page.locator('#passkey-status')).toContainText('No passkey was used');
  await signIn(page, name, password);
  await arrive(page, rp);
});

test('a counter that goes back ends the passkey, and the page says what to do', async ({ page, rp }) => {
  const device = await addDevice(page);
  const name = await withPasskey(page, rp, device);
  const [kept] = await device.kept();
  await device.forget();
  await device.keep({ ...kept, signCount: 0 });
  await signOut(page);
  await page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
  await page.goto(commons(rp));
  await page.locator('#passkey').click();
  await expect(page.getByRole('alert').first()).toContainText('may have been copied');
  await signIn(page, name, password);
  // A new one is offered in its place.
  await page.locator('#later').click();
  await arrive(page, rp);
});

test('after a password a passkey is offered; not now is an answer, and so is yes', async ({ page, rp }) => {
  const device = await addDevice(page);
  const [first, second] = [await signUp(page, rp), await (async () => { await signOut(page); return signUp(page, rp); })()];
  await signOut(page);
  await device.touches(false);
  for (const offered of [true, false]) {
    await page.goto(commons(rp, { prompt: 'login' }));
    await expect(page.locator('#can-make-passkeys')).toHaveValue('yes');
    await signIn(page, first, password);
    if (offered) await page.locator('#later').click();
    await arrive(page, rp);
  }
  await signOut(page);
  await page.goto(commons(rp));
  await expect(page.locator('#can-make-passkeys')).toHaveValue('yes');
  await signIn(page, second, password);
  await device.touches(true);
  await page.locator('#passkey').click();
  await arrive(page, rp);
  expect(await device.kept()).toHaveLength(1);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the sign-in page asks for the password as ever', async ({ page, rp }) => {
    const name = await signUp(page, rp);
    await signOut(page);
    await page.goto(commons(rp));
    await expect(page.locator('#passkey')).toBeHidden();
    await signIn(page, name, password);
    await arrive(page, rp);
  });
});

inEveryLook('no page of passkeys has an accessibility violation or a sideways scroll', async ({ page, rp }, check) => {
  const device = await addDevice(page);
  const name = await signUp(page, rp);
  await signOut(page);
  await device.touches(false);
  await page.goto(commons(rp));
  await expect(page.locator('#can-make-passkeys')).toHaveValue('yes');
  await check('sign-in-with-passkey');
  await signIn(page, name, password);
  await check('passkey-offer');
  await page.locator('#later').click();
  await arrive(page, rp);
  await page.goto(`${base}/account/security`);
  await signIn(page, name, password);
  await check('own-passkeys-none');
  await page.locator('#add-passkey').click();
  await check('passkey-new');
  await device.touches(true);
  await page.locator('#passkey').click();
  await page.waitForURL(/second-factor\/passkey/);
  await check('passkey-factor');
  await page.locator('#passkey').click();
  await expect(page.locator('#own-passkeys')).toBeVisible();
  await page.locator('#own-passkeys summary').click();
  await check('own-passkeys');
});
