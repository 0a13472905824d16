// What Amplify needs of a browser to use passkeys: navigator.credentials, and the
// types of what comes out. The keys are the user's, so the test holds them.
import { ask } from './harness.mjs';

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64url')).buffer;
const text = (buffer) => Buffer.from(buffer).toString('base64url');

// json writes options as the authenticator reads them: buffers as base64url.
const json = (options) =>
  JSON.parse(JSON.stringify(options, (_, value) => (value instanceof ArrayBuffer ? text(value) : value)));

class PublicKeyCredential {
  constructor({ id, type, authenticatorAttachment }, response) {
    Object.assign(this, { id, type, authenticatorAttachment, rawId: bytes(id), response });
  }
  getClientExtensionResults() {
    return {};
  }
}

class AuthenticatorAttestationResponse {
  constructor({ clientDataJSON, attestationObject, transports }) {
    Object.assign(this, { clientDataJSON: bytes(clientDataJSON), attestationObject: bytes(attestationObject), transports });
  }
  getTransports() {
    return this.transports;
  }
  getPublicKeyAlgorithm() {
    return -7; // ES256
  }
  getPublicKey() {
    return null; // as browsers do for a key that they cannot read
  }
  // The last member of the CBOR map: its name, a byte string of one length byte.
  getAuthenticatorData() {
    const at = Buffer.from(this.attestationObject).indexOf('authData') + 'authData'.length;
    return this.attestationObject.slice(at + 2);
  }
}

class AuthenticatorAssertionResponse {
  constructor({ clientDataJSON, authenticatorData, signature, userHandle }) {
    Object.assign(this, {
      clientDataJSON: bytes(clientDataJSON),
      authenticatorData: bytes(authenticatorData),
      signature: bytes(signature),
      userHandle: userHandle ? bytes(userHandle) : null,
    });
  }
}

// withBrowser runs a flow as a page of a site does.
export async function withBrowser(flow) {
  const credentials = {
    async create({ publicKey }) {
      const made = await ask('create passkey', { options: json(publicKey) });
      return new PublicKeyCredential(made, new AuthenticatorAttestationResponse(made.response));
    },
    async get({ publicKey }) {
      const made = await ask('use passkey', { options: json(publicKey) });
      return new PublicKeyCredential(made, new AuthenticatorAssertionResponse(made.response));
    },
  };
  const page = { window: { document: {}, isSecureContext: true, PublicKeyCredential } };
  Object.assign(globalThis, page, { PublicKeyCredential, AuthenticatorAttestationResponse, AuthenticatorAssertionResponse });
  navigator.credentials = credentials;
  try {
    await flow();
  } finally {
    delete globalThis.window;
  }
}
