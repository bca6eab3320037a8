// prepare.mjs DIRECTORY: makes what has to exist before the server starts: the keys and certificates of the suite's
// clients, the ports on which they will listen, and `state.json` with these clients, for `latchkey apply`.
import { execFileSync } from 'node:child_process';
import { X509Certificate, randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair } from 'jose';

const directory = process.argv[2];
const file = (name) => join(directory, name);
const openssl = (...parameters) => execFileSync('openssl', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Ports below the ephemeral range, so that no outgoing connection takes one before its server listens. */
async function freePorts(names) {
  const ports = {};
  for (const name of names) {
    do ports[name] = randomInt(22_000, 32_000);
    while (new Set(Object.values(ports)).size < Object.keys(ports).length || !(await isFree(ports[name])));
  }
  return ports;
}

async function keyPair(alg, use) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const named = { kid: `${alg.toLowerCase()}-1`, use, ...(use === 'sig' ? { alg } : {}) };
  return {
    public: { ...(await exportJWK(publicKey)), ...named },
    private: { ...(await exportJWK(privateKey)), ...named, alg },
    pem: { public: await exportSPKI(publicKey), private: await exportPKCS8(privateKey) },
  };
}

/** A certificate in `{name}.pem` with its key in `{name}.key`: signed by the authority, or by itself without one. */
function certificate(name, subject, { authority, extensions = [] } = {}) {
  openssl(
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', subject,
    '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`),
    ...(authority ? ['-CA', file(`${authority}.pem`), '-CAkey', file(`${authority}.key`)] : []),
    ...extensions.flatMap((extension) => ['-addext', extension]),
  );
  return readFileSync(file(`${name}.pem`), 'utf8');
}

function certificateJwk(name) {
  const pem = readFileSync(file(`${name}.pem`), 'utf8');
  const x509 = new X509Certificate(pem);
  return { ...x509.publicKey.export({ format: 'jwk' }), x5c: [x509.raw.toString('base64')] };
}

const ports = await freePorts(['relyingParty', 'documents', 'apache', 'mcp']);
const keys = {
  assertion: await keyPair('ES256', 'sig'),
  apache: await keyPair('RS256', 'sig'),
  other: await keyPair('ES256', 'sig'),
  rsa: await keyPair('RSA-OAEP-256', 'enc'),
  ec: await keyPair('ECDH-ES+A256KW', 'enc'),
};
const notAnAuthority = ['basicConstraints=critical,CA:FALSE'];
const authority = certificate('authority', '/CN=Latchkey interop');
certificate('server', '/CN=localhost', {
  authority: 'authority',
  extensions: [...notAnAuthority, 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
});
certificate('client', '/O=Acme/CN=interop', { authority: 'authority', extensions: notAnAuthority });
certificate('stranger', '/O=Acme/CN=somebody else', { authority: 'authority', extensions: notAnAuthority });
certificate('self-signed', '/CN=interop by itself', { extensions: notAnAuthority });
writeFileSync(file('apache.key'), keys.apache.pem.private);
writeFileSync(file('apache.pub'), keys.apache.pem.public);

const web = {
  redirect_uris: ['http://127.0.0.1/callback'],
  post_logout_redirect_uris: ['http://127.0.0.1/bye'],
  grant_types: ['authorization_code', 'refresh_token'],
  consent: 'implied',
  scope: 'openid profile email offline_access',
};
const secretOf = (name) => `${name}-secret-0123456789-0123456789-0123456789`;
const jwksOf = (...pairs) => ({ keys: pairs.map((pair) => pair.public) });
const relyingParty = `http://127.0.0.1:${ports.relyingParty}`;
const tools = `http://127.0.0.1:${ports.mcp}/mcp`;
const apache = `http://127.0.0.1:${ports.apache}`;
const apacheClient = {
  ...web,
  redirect_uris: [`${apache}/protected/redirect_uri`],
  post_logout_redirect_uris: [`${apache}/bye`],
};

const clients = [
  { ...web, client_id: 'interop-pkjwt', token_endpoint_auth_method: 'private_key_jwt', jwks: jwksOf(keys.assertion) },
  {
    ...web,
    client_id: 'interop-jwks-uri',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: `${relyingParty}/jwks`,
  },
  {
    ...web,
    client_id: 'interop-secret-jwt',
    token_endpoint_auth_method: 'client_secret_jwt',
    secret: secretOf('interop-secret-jwt'),
  },
  {
    ...web,
    client_id: 'interop-tls',
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: 'CN=interop,O=Acme',
    tls_client_certificate_bound_access_tokens: true,
  },
  {
    ...web,
    client_id: 'interop-self-signed',
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [certificateJwk('self-signed')] },
    tls_client_certificate_bound_access_tokens: true,
  },
  {
    ...web,
    client_id: 'interop-jwe-rsa',
    secret: secretOf('interop-jwe-rsa'),
    jwks: jwksOf(keys.rsa),
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_signed_response_alg: 'RS256',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
  },
  {
    ...web,
    client_id: 'interop-jwe-ec',
    secret: secretOf('interop-jwe-ec'),
    jwks: jwksOf(keys.ec),
    id_token_encrypted_response_alg: 'ECDH-ES+A256KW',
    id_token_encrypted_response_enc: 'A256GCM',
  },
  {
    ...web,
    client_id: 'interop-logout',
    secret: secretOf('interop-logout'),
    backchannel_logout_uri: `${relyingParty}/backchannel-logout`,
    backchannel_logout_session_required: true,
  },
  {
    ...apacheClient,
    client_id: 'interop-apache',
    secret: secretOf('interop-apache'),
    backchannel_logout_uri: `${apache}/protected/redirect_uri?logout=backchannel`,
    backchannel_logout_session_required: true,
  },
  {
    ...apacheClient,
    client_id: 'interop-apache-jwt',
    token_endpoint_auth_method: 'private_key_jwt',
    // mod_auth_openidc names the token endpoint as the audience of its assertion.
    security_profile: 'oidc',
    jwks: jwksOf(keys.apache),
  },
  {
    ...web,
    client_id: 'interop-par',
    secret: secretOf('interop-par'),
    require_pushed_authorization_requests: true,
  },
  {
    ...web,
    client_id: 'interop-jar',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: jwksOf(keys.assertion),
    require_signed_request_object: true,
    request_object_signing_alg: 'ES256',
  },
  {
    ...web,
    client_id: 'interop-jarm',
    secret: secretOf('interop-jarm'),
    authorization_signed_response_alg: 'ES256',
  },
  {
    ...web,
    client_id: 'interop-fapi2',
    security_profile: 'fapi2-message-signing',
    redirect_uris: ['https://interop.acme.test/callback'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: jwksOf(keys.assertion),
    id_token_signed_response_alg: 'ES256',
    dpop_bound_access_tokens: true,
  },
  {
    ...web,
    client_id: 'interop-authlib',
    token_endpoint_auth_method: 'private_key_jwt',
    // Authlib names the token endpoint as the audience of its assertion.
    security_profile: 'oidc',
    jwks: jwksOf(keys.apache),
  },
  {
    ...web,
    client_id: 'interop-mcp',
    token_endpoint_auth_method: 'none',
    scope: 'openid offline_access mcp:tools',
    audiences: [tools],
  },
];

const tenant = {
  slug: 'acme',
  name: 'Acme Corporation',
  settings: {
    mtls_trust_anchors: [authority],
    outgoing: {
      allow: [relyingParty, apache, `localhost:${ports.documents}`],
      trust_anchors: [authority],
    },
    client_registration: {
      mode: 'open',
      scope: 'openid profile email offline_access mcp:tools',
      audiences: [tools],
    },
    client_id_metadata_documents: { mode: 'on' },
  },
  resource_servers: [
    {
      audience: tools,
      name: 'Acme tools',
      scopes: [{ name: 'mcp:tools', description: 'Call tools' }],
    },
  ],
  clients: clients.map((client) => ({ name: client.client_id, ...client })),
};
writeFileSync(file('state.json'), JSON.stringify({ version: 1, tenants: [tenant] }));
const secrets = Object.fromEntries(
  clients.filter((client) => client.secret).map((client) => [client.client_id, client.secret]),
);
writeFileSync(file('prepared.json'), JSON.stringify({ ports, keys, secrets }));
