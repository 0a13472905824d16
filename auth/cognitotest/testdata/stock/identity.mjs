// amazon-cognito-identity-js against the pool.
import { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } from 'amazon-cognito-identity-js';
import { ask, converse, persist, say, signedIn } from './harness.mjs';

// userPool points the client at the pool: the endpoint is all that differs
// from AWS.
const userPool = ({ endpoint, userPoolId, clientId }) =>
  new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });

const userOf = (pool) => new CognitoUser({ Username: pool.username, Pool: userPool(pool) });

// next makes one value of the client's callbacks: the session, or the challenge
// that comes before it.
const next = (call) =>
  new Promise((resolve, reject) =>
    call({
      onSuccess: (session, confirm) => resolve({ session, confirm }),
      onFailure: reject,
      totpRequired: () => resolve({ challenge: 'totp' }),
      mfaRequired: () => resolve({ challenge: 'sms' }),
      selectMFAType: (_, { MFAS_CAN_CHOOSE }) => resolve({ challenge: 'choose', about: { options: MFAS_CAN_CHOOSE } }),
      mfaSetup: (_, { MFAS_CAN_SETUP }) => resolve({ challenge: 'setUp', about: { options: MFAS_CAN_SETUP } }),
      newPasswordRequired: (_, missing) => resolve({ challenge: 'newPassword', about: { missing } }),
      customChallenge: ({ question }) => resolve({ challenge: 'custom', about: { question } }),
    }),
  );

// done is next for calls with a callback of the form (error, result).
const done = (call) => new Promise((resolve, reject) => call((err, result) => (err ? reject(err) : resolve(result))));

const answers = {
  totp: async (user) => {
    const code = await ask('totp');
    return next((callbacks) => user.sendMFACode(code, callbacks, 'SOFTWARE_TOKEN_MFA'));
  },
  sms: async (user) => {
    const code = await ask('sms');
    return next((callbacks) => user.sendMFACode(code, callbacks));
  },
  choose: async (user, about) => {
    const factor = await ask('choose', about);
    return next((callbacks) => user.sendMFASelectionAnswer(factor, callbacks));
  },
  setUp: async (user) => {
    const secret = await new Promise((resolve, reject) =>
      user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }),
    );
    return persist(async () => {
      const code = await ask('set up totp', { secret });
      return next((callbacks) => user.verifySoftwareToken(code, 'phone', callbacks));
    });
  },
  newPassword: async (user, about) => {
    const password = await ask('new password', about);
    return next((callbacks) => user.completeNewPasswordChallenge(password, { given_name: 'Ann' }, callbacks));
  },
  custom: async (user, about) => {
    const answer = await ask('custom', about);
    return next((callbacks) => user.sendCustomChallengeAnswer(answer, callbacks));
  },
};

// signIn goes through every challenge that there is. begin is authenticateUser,
// which proves the password by SRP, or initiateAuth, which proves none.
async function signIn(pool, user = userOf(pool), begin = 'authenticateUser') {
  const details = new AuthenticationDetails({ Username: pool.username, Password: pool.password });
  let step = await next((callbacks) => user[begin](details, callbacks));
  while (!step.session) {
    const { challenge, about } = step;
    step = await persist(() => answers[challenge](user, about));
  }
  await signedIn(pool, step.session.getAccessToken().getJwtToken(), step.session.getIdToken().getJwtToken());
  return { user, ...step };
}

function customUser(pool) {
  const user = userOf(pool);
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  return user;
}

await converse({
  signIn,
  customAuth: (pool) => signIn(pool, customUser(pool), 'initiateAuth'),
  customSRP: (pool) => signIn(pool, customUser(pool)),

  async password(pool) {
    const user = userOf(pool);
    user.setAuthenticationFlowType('USER_PASSWORD_AUTH');
    await signIn(pool, user);
  },

  // The client confirms the device and keeps its secret by itself.
  async device(pool) {
    const { user, confirm } = await signIn(pool);
    if (confirm) {
      await new Promise((resolve, reject) => user.setDeviceStatusRemembered({ onSuccess: resolve, onFailure: reject }));
      say('device remembered');
    }
    user.signOut();
    await signIn(pool);
  },

  // The pool is told to forget the device; the client finds out by itself.
  async forgottenDevice(pool) {
    const { user } = await signIn(pool);
    user.signOut();
    await ask('forget the device');
    await signIn(pool);
  },

  // An authenticator set up by a user who is signed in.
  async enrol(pool) {
    const { user } = await signIn(pool);
    const secret = await new Promise((resolve, reject) =>
      user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }),
    );
    await persist(async () => {
      const code = await ask('set up totp', { secret });
      await new Promise((resolve, reject) => user.verifySoftwareToken(code, 'phone', { onSuccess: resolve, onFailure: reject }));
    });
    await done((callback) => user.setUserMfaPreference(null, { Enabled: true, PreferredMfa: true }, callback));
    const { PreferredMfaSetting } = await done((callback) => user.getUserData(callback, { bypassCache: true }));
    say(`prefers ${PreferredMfaSetting}`);
    user.signOut();
    await signIn(pool);
  },

  // What a user does to the own account, until there is none.
  async account(pool) {
    const { user } = await signIn(pool);
    await persist(async () => {
      const old = await ask('old password');
      await done((callback) => user.changePassword(old, pool.nextPassword, callback));
    });
    const email = new CognitoUserAttribute({ Name: 'email', Value: pool.email });
    await done((callback) => user.updateAttributes([email], callback));
    await persist(async () => {
      const code = await ask('address code');
      await new Promise((resolve, reject) => user.verifyAttribute('email', code, { onSuccess: resolve, onFailure: reject }));
    });
    const attributes = await done((callback) => user.getUserAttributes(callback));
    say(`email verified: ${attributes.find(({ Name }) => Name === 'email_verified').Value}`);
    await done((callback) => user.deleteUser(callback));
    say('deleted');
    await signIn({ ...pool, password: pool.nextPassword });
  },

  async refresh(pool) {
    const { user, session } = await signIn(pool);
    const renewed = await done((callback) => user.refreshSession(session.getRefreshToken(), callback));
    if (renewed.getAccessToken().getJwtToken() === session.getAccessToken().getJwtToken()) throw new Error('the same token');
    await signedIn(pool, renewed.getAccessToken().getJwtToken(), renewed.getIdToken().getJwtToken());
  },

  // The client forgets its tokens when it signs out; another one has them still.
  async signOut(pool) {
    const { user, session } = await signIn(pool);
    const other = userOf(pool);
    other.setSignInUserSession(session);
    await new Promise((resolve, reject) => user.globalSignOut({ onSuccess: resolve, onFailure: reject }));
    say('signed out');
    await done((callback) => other.getUserAttributes(callback));
  },

  async forgot(pool) {
    const user = userOf(pool);
    const delivery = await new Promise((resolve, reject) =>
      user.forgotPassword({ onFailure: reject, inputVerificationCode: resolve }),
    );
    say(`code sent to ${delivery.CodeDeliveryDetails.Destination}`);
    const password = await ask('new password');
    await persist(async () => {
      const code = await ask('reset code');
      await new Promise((resolve, reject) =>
        user.confirmPassword(code, password, { onSuccess: resolve, onFailure: reject }),
      );
    });
    await signIn({ ...pool, password });
  },

  async signUp(pool) {
    const email = new CognitoUserAttribute({ Name: 'email', Value: pool.email });
    const { userConfirmed, codeDeliveryDetails } = await done((callback) =>
      userPool(pool).signUp(pool.username, pool.password, [email], [], callback),
    );
    say(`${userConfirmed ? 'confirmed' : 'not confirmed'}, code sent to ${codeDeliveryDetails.Destination}`);
    const user = userOf(pool);
    await persist(async () => {
      const code = await ask('confirmation code');
      await done((callback) => user.confirmRegistration(code, false, callback));
    });
    await signIn(pool);
  },
});
