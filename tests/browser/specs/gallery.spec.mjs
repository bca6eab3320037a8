// Second factors that are sent, invitations, applications that came by themselves, and questions of applications.
import { expect, signIn } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';
import { asks, issuerOf } from '../people.mjs';
import { linkIn, nextMailTo } from '../mailbox.mjs';

const PASSWORD = 'oils-on-canvas-at-dusk';
const issuer = issuerOf('gallery');

inEveryLook('no page of a factor that is sent has an accessibility violation or a sideways scroll', async ({ page, rp, language }, check) => {
  await page.goto(asks(rp, 'gallery', { client_id: 'gallery-vault' }));
  await signIn(page, `olga-${language}`, PASSWORD);
  await expect(page).toHaveURL(/set-up\/phone/);
  await check('phone-number');
  await page.locator('[name=number]').fill('12');
  await page.locator('#submit').click();
  await check('phone-number-refused');
  await page.locator('[name=number]').fill('+442079460000');
  await page.locator('#submit').click();
  await expect(page.locator('[name=code]')).toBeVisible();
  await check('phone-code');

  await page.context().clearCookies();
  await page.goto(asks(rp, 'gallery', { client_id: 'gallery-vault' }));
  await signIn(page, `nils-${language}`, PASSWORD);
  await expect(page).toHaveURL(/second-factor/);
  await check('sent-code');
  await page.locator('[name=code]').fill('1');
  await page.locator('#submit').click();
  await check('sent-code-refused');
});

inEveryLook('no page of an invitation has an accessibility violation or a sideways scroll', async ({ page, language }, check) => {
  const link = linkIn(await nextMailTo(`ivy-${language}@gallery.test`, [], /invitation/));
  await page.goto(link);
  await check('invitation');
  await page.locator('#submit').click();
  await check('invitation-refused');
  await page.locator('[name=password]').fill(PASSWORD);
  await page.locator('[name=password_confirmation]').fill(PASSWORD);
  await page.locator('#submit').click();
  await check('invitation-accepted');
});

/** An application that registers itself, with its name in some languages. */
const register = async (rp) => {
  const metadata = {
    client_name: 'Passer-by',
    'client_name#de': 'Passantin',
    'client_name#ar': 'عابرة سبيل',
    redirect_uris: [rp.redirectUri],
    token_endpoint_auth_method: 'none',
    policy_uri: 'https://passer-by.test/privacy',
  };
  const response = await fetch(`${issuer}/oauth2/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  });
  expect(response.status).toBe(201);
  return (await response.json()).client_id;
};

inEveryLook('consent to an application that came by itself warns, names it in the language, and passes', async ({ page, rp, language }, check) => {
  await page.goto(asks(rp, 'gallery', { client_id: await register(rp), scope: 'openid email' }));
  await signIn(page, `greta-${language}`, PASSWORD);
  await expect(page).toHaveURL(/consent/);
  const names = { de: 'Passantin', ar: 'عابرة سبيل' };
  await expect(page.locator('h1')).toContainText(names[language] ?? 'Passer-by');
  await check('consent-of-a-registered-application');
});

/** A question of an application that waits for a user. */
const ask = async (login) => {
  const response = await fetch(`${issuer}/oauth2/bc-authorize`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('gallery-bank:gallery-secret-0123456789-0123456789-0123456789').toString('base64')}` },
    body: new URLSearchParams({ scope: 'openid profile', login_hint: login, binding_message: 'Frame 7, oak' }),
  });
  expect(response.status).toBe(200);
};

inEveryLook('no page of the questions of applications has an accessibility violation or a sideways scroll', async ({ page, language }, check) => {
  const login = `greta-${language}`;
  await page.goto(`${issuer}/requests`);
  await signIn(page, login, PASSWORD);
  await expect(page).toHaveURL(/\/requests/);
  await check('requests-none');
  await ask(login);
  await page.reload();
  await check('requests');
  await page.locator('[name=decision][value=allow]').click();
  await check('request-allowed');
  await ask(login);
  await page.goto(`${issuer}/requests`);
  await page.locator('[name=decision][value=deny]').click();
  await check('request-refused');
  await page.goto(`${issuer}/requests/over`);
  await check('request-over');
});
