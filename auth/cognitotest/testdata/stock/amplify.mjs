// AWS Amplify against the pool. In Node.js it keeps its tokens in memory.
import { Amplify } from 'aws-amplify';
import {
  associateWebAuthnCredential, autoSignIn, confirmResetPassword, confirmSignIn, confirmSignUp, confirmUserAttribute,
  deleteUser, fetchAuthSession, fetchMFAPreference, fetchUserAttributes, rememberDevice, resetPassword, setUpTOTP,
  signIn, signOut, signUp, updateMFAPreference, updatePassword, updateUserAttributes, verifyTOTPSetup,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { withBrowser } from './browser.mjs';
import { ask, converse, persist, say, signedIn } from './harness.mjs';

// Amplify names a device after its browser, and keeps silent if there is none:
// the device is not confirmed then. Node.js has a navigator since version 21.
globalThis.navigator ??= { userAgent: 'Node.js' };

// configure points Amplify at the pool: userPoolEndpoint is all that differs
// from AWS.
function configure({ endpoint, userPoolId, clientId }) {
  Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint } } });
  return newBrowser();
}

// newBrowser gives Amplify an empty storage, or a copy of one.
function newBrowser(items = new Map()) {
  const storage = new Map(items);
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void storage.set(key, value),
    getItem: async (key) => storage.get(key) ?? null,
    removeItem: async (key) => void storage.delete(key),
    clear: async () => storage.clear(),
  });
  return storage;
}

// factors are Amplify's names of second factors.
const factors = { SOFTWARE_TOKEN_MFA: 'TOTP', SMS_MFA: 'SMS', EMAIL_OTP: 'EMAIL' };

// questions are what the user is asked at each step of a sign-in.
const questions = {
  CONFIRM_SIGN_IN_WITH_TOTP_CODE: () => ask('totp'),
  CONFIRM_SIGN_IN_WITH_SMS_CODE: () => ask('sms'),
  CONFIRM_SIGN_IN_WITH_EMAIL_CODE: () => ask('email'),
  CONFIRM_SIGN_IN_WITH_PASSWORD: () => ask('password'),
  CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE: ({ additionalInfo }) => ask('custom', additionalInfo),
  CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED: ({ missingAttributes }) => ask('new password', { missing: missingAttributes }),
  CONTINUE_SIGN_IN_WITH_MFA_SELECTION: async ({ allowedMFATypes }) => factors[await ask('choose', { options: allowedMFATypes })],
  CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION: async ({ allowedMFATypes }) =>
    factors[await ask('choose set-up', { options: allowedMFATypes })],
  CONTINUE_SIGN_IN_WITH_EMAIL_SETUP: () => ask('address'),
  CONTINUE_SIGN_IN_WITH_TOTP_SETUP: ({ totpSetupDetails }) => ask('set up totp', { secret: totpSetupDetails.sharedSecret }),
  CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION: ({ availableChallenges }) =>
    ask('first factor', { options: availableChallenges }),
};

// goOn goes through every step that there is.
async function goOn(pool, { nextStep }) {
  while (nextStep.signInStep !== 'DONE') {
    const question = questions[nextStep.signInStep];
    if (!question) throw new Error(`no answer to ${nextStep.signInStep}`);
    ({ nextStep } = await persist(async () =>
      confirmSignIn({
        challengeResponse: await question(nextStep),
        options: { friendlyDeviceName: 'phone', userAttributes: { given_name: 'Ann' } },
      }),
    ));
  }
  await session(pool);
}

async function session(pool, options) {
  const { tokens } = await fetchAuthSession(options);
  if (!tokens) throw new Error('no tokens');
  await signedIn(pool, tokens.accessToken.toString(), tokens.idToken.toString());
  return tokens.accessToken.toString();
}

const enter = ({ username, password }, authFlowType = 'USER_SRP_AUTH') =>
  signIn({ username, password, options: { authFlowType } });

// begin signs in by one of Amplify's flows.
const begin = (flow) => async (pool) => {
  configure(pool);
  await goOn(pool, await enter(pool, flow));
};

await converse({
  signIn: begin('USER_SRP_AUTH'),
  password: begin('USER_PASSWORD_AUTH'),
  customSRP: begin('CUSTOM_WITH_SRP'),

  async customAuth(pool) {
    configure(pool);
    const { username } = pool; // a password is refused: nothing would check it
    await goOn(pool, await signIn({ username, options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } }));
  },

  async choice(pool) {
    configure(pool);
    const { username } = pool;
    await goOn(pool, await signIn({ username, options: { authFlowType: 'USER_AUTH' } }));
  },

  passkey: (pool) =>
    withBrowser(async () => {
      configure(pool);
      await goOn(pool, await enter(pool));
      await associateWebAuthnCredential();
      say('passkey registered');
      await signOut();
      const { username } = pool;
      const options = { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' };
      await goOn(pool, await signIn({ username, options }));
    }),

  // Amplify confirms the device and keeps its secret by itself.
  async device(pool) {
    configure(pool);
    await goOn(pool, await enter(pool));
    if (pool.optIn) {
      await rememberDevice();
      say('device remembered');
    }
    await signOut();
    await goOn(pool, await enter(pool));
  },

  // The pool is told to forget the device; Amplify finds out by itself.
  async forgottenDevice(pool) {
    configure(pool);
    await goOn(pool, await enter(pool));
    await signOut();
    await ask('forget the device');
    await goOn(pool, await enter(pool));
  },

  // An authenticator set up by a user who is signed in.
  async enrol(pool) {
    configure(pool);
    await goOn(pool, await enter(pool));
    const { sharedSecret } = await setUpTOTP();
    await persist(async () => verifyTOTPSetup({ code: await ask('set up totp', { secret: sharedSecret }) }));
    await updateMFAPreference({ totp: 'PREFERRED' });
    const { preferred } = await fetchMFAPreference();
    say(`prefers ${Object.keys(factors).find((name) => factors[name] === preferred)}`);
    await signOut();
    await goOn(pool, await enter(pool));
  },

  // What a user does to the own account, until there is none.
  async account(pool) {
    configure(pool);
    await goOn(pool, await enter(pool));
    const newPassword = pool.nextPassword;
    await persist(async () => updatePassword({ oldPassword: await ask('old password'), newPassword }));
    await updateUserAttributes({ userAttributes: { email: pool.email } });
    await persist(async () =>
      confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: await ask('address code') }),
    );
    say(`email verified: ${(await fetchUserAttributes()).email_verified}`);
    await deleteUser();
    say('deleted');
    await goOn(pool, await enter({ ...pool, password: newPassword }));
  },

  async refresh(pool) {
    configure(pool);
    await goOn(pool, await enter(pool));
    const before = (await fetchAuthSession()).tokens.accessToken.toString();
    if ((await session(pool, { forceRefresh: true })) === before) throw new Error('the same token');
  },

  // Amplify forgets its tokens when it signs out; another browser has them still.
  async signOut(pool) {
    const browser = configure(pool);
    await goOn(pool, await enter(pool));
    const other = new Map(browser);
    await signOut({ global: true });
    say('signed out');
    newBrowser(other);
    await fetchUserAttributes().catch((err) => say(`refused: ${err.name}: ${err.message}`));
    await session(pool, { forceRefresh: true });
  },

  async forgot(pool) {
    configure(pool);
    const { nextStep } = await resetPassword({ username: pool.username });
    say(`code sent to ${nextStep.codeDeliveryDetails.destination}`);
    const newPassword = await ask('new password');
    await persist(async () => {
      const confirmationCode = await ask('reset code');
      await confirmResetPassword({ username: pool.username, confirmationCode, newPassword });
    });
    await goOn(pool, await enter({ ...pool, password: newPassword }));
  },

  async signUp(pool) {
    configure(pool);
    await register(pool, {});
    await goOn(pool, await enter(pool));
  },

  // A choice-based client is signed in by its confirmation.
  async autoSignIn(pool) {
    configure(pool);
    await register(pool, { autoSignIn: { authFlowType: 'USER_AUTH' } });
    await goOn(pool, await autoSignIn());
  },
});

async function register({ username, password, email }, options) {
  const { nextStep } = await signUp({ username, password, options: { userAttributes: { email }, ...options } });
  const confirmed = nextStep.signUpStep === 'CONFIRM_SIGN_UP' ? 'not confirmed' : 'confirmed';
  say(`${confirmed}, code sent to ${nextStep.codeDeliveryDetails.destination}`);
  await persist(async () => confirmSignUp({ username, confirmationCode: await ask('confirmation code') }));
}
