// The AWS SDK for JavaScript with cognito-srp-helper against the pool.
import {
  AssociateSoftwareTokenCommand, CognitoIdentityProviderClient, ConfirmDeviceCommand, ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand, ForgotPasswordCommand, GetTokensFromRefreshTokenCommand, GetUserCommand, GlobalSignOutCommand,
  InitiateAuthCommand, RespondToAuthChallengeCommand, SignUpCommand, UpdateDeviceStatusCommand, VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  createDeviceVerifier, createSecretHash, createSrpSession, signSrpSession, signSrpSessionWithDevice, wrapAuthChallenge,
  wrapInitiateAuth,
} from 'cognito-srp-helper';
import { ask, converse, persist, say, signedIn } from './harness.mjs';

// connect points the client at the pool: the endpoint is all that differs from
// AWS.
const connect = ({ endpoint }) => new CognitoIdentityProviderClient({ endpoint, region: 'us-east-1' });

// app is what every request of an app client carries.
const app = ({ clientId }) => ({ ClientId: clientId });

// hash signs a request for an app client that has a secret.
const hash = ({ clientId, clientSecret }, username) =>
  clientSecret ? { SECRET_HASH: createSecretHash(username, clientId, clientSecret) } : {};

// byUser are the challenges that a person answers, who may mistype.
const byUser = new Set([
  'SOFTWARE_TOKEN_MFA', 'SMS_MFA', 'EMAIL_OTP', 'SELECT_MFA_TYPE', 'SELECT_CHALLENGE', 'CUSTOM_CHALLENGE', 'NEW_PASSWORD_REQUIRED',
]);

// A SignIn goes through every challenge that there is.
class SignIn {
  constructor(pool, device) {
    this.pool = pool;
    this.client = connect(pool);
    this.device = device;
    this.username = pool.username; // until the pool says what it calls the user
  }

  // named are the parameters of every call: who, on which device.
  named() {
    return {
      USERNAME: this.username,
      ...hash(this.pool, this.username),
      ...(this.device && { DEVICE_KEY: this.device.key }),
    };
  }

  async begin(flow, parameters = {}) {
    const request = { ...app(this.pool), AuthFlow: flow, AuthParameters: { ...this.named(), ...parameters } };
    return this.finish(await this.client.send(new InitiateAuthCommand(request)));
  }

  async beginSRP(flow, parameters = {}) {
    const { username, password, userPoolId } = this.pool;
    this.srp = createSrpSession(username, password, userPoolId, false);
    const request = { ...app(this.pool), AuthFlow: flow, AuthParameters: { ...this.named(), ...parameters } };
    return this.finish(await this.client.send(new InitiateAuthCommand(wrapInitiateAuth(this.srp, request))));
  }

  respond(step, responses, wrap = (request) => request) {
    const request = wrap({
      ...app(this.pool),
      ChallengeName: step.ChallengeName,
      Session: step.Session,
      ChallengeResponses: { ...this.named(), ...responses },
    });
    return this.client.send(new RespondToAuthChallengeCommand(request));
  }

  async finish(step) {
    while (!step.AuthenticationResult) {
      const answer = this[step.ChallengeName];
      if (!answer) throw new Error(`no answer to ${step.ChallengeName}`);
      step = await (byUser.has(step.ChallengeName) ? persist(() => answer.call(this, step)) : answer.call(this, step));
    }
    const { AccessToken, IdToken } = step.AuthenticationResult;
    await signedIn(this.pool, AccessToken, IdToken);
    return step.AuthenticationResult;
  }

  async PASSWORD_VERIFIER(step) {
    this.username = step.ChallengeParameters.USER_ID_FOR_SRP;
    const signed = signSrpSession(this.srp, step);
    return this.respond(step, {}, (request) => wrapAuthChallenge(signed, request));
  }

  // The helper proves the device with the same key pair as the password.
  DEVICE_SRP_AUTH(step) {
    return this.respond(step, {}, (request) => wrapAuthChallenge(this.srp, request));
  }

  DEVICE_PASSWORD_VERIFIER(step) {
    const signed = signSrpSessionWithDevice(this.srp, step, this.device.group, this.device.password);
    return this.respond(step, {}, (request) => wrapAuthChallenge(signed, request));
  }

  async SOFTWARE_TOKEN_MFA(step) {
    return this.respond(step, { SOFTWARE_TOKEN_MFA_CODE: await ask('totp') });
  }

  async SMS_MFA(step) {
    return this.respond(step, { SMS_MFA_CODE: await ask('sms') });
  }

  async EMAIL_OTP(step) {
    return this.respond(step, { EMAIL_OTP_CODE: await ask('email') });
  }

  async SELECT_MFA_TYPE(step) {
    return this.respond(step, { ANSWER: await ask('choose', { options: step.ChallengeParameters.MFAS_CAN_CHOOSE }) });
  }

  async SELECT_CHALLENGE(step) {
    return this.respond(step, { ANSWER: await ask('first factor', { options: step.AvailableChallenges }) });
  }

  async CUSTOM_CHALLENGE(step) {
    return this.respond(step, { ANSWER: await ask('custom', step.ChallengeParameters) });
  }

  async NEW_PASSWORD_REQUIRED(step) {
    const missing = JSON.parse(step.ChallengeParameters.requiredAttributes);
    const NEW_PASSWORD = await ask('new password', { missing });
    return this.respond(step, { NEW_PASSWORD, ...Object.fromEntries(missing.map((name) => [name, 'Ann'])) });
  }

  async MFA_SETUP(step) {
    const { SecretCode, Session } = await this.client.send(new AssociateSoftwareTokenCommand({ Session: step.Session }));
    const verified = await persist(async () => {
      const UserCode = await ask('set up totp', { secret: SecretCode });
      return this.client.send(new VerifySoftwareTokenCommand({ Session, UserCode, FriendlyDeviceName: 'phone' }));
    });
    return this.respond({ ...step, Session: verified.Session }, {});
  }
}

const signIn = (pool, device) => new SignIn(pool, device).beginSRP('USER_SRP_AUTH');

await converse({
  signIn,
  password: (pool) => new SignIn(pool).begin('USER_PASSWORD_AUTH', { PASSWORD: pool.password }),
  customAuth: (pool) => new SignIn(pool).begin('CUSTOM_AUTH'),
  customSRP: (pool) => new SignIn(pool).beginSRP('CUSTOM_AUTH', { CHALLENGE_NAME: 'SRP_A' }),
  choice: (pool) => new SignIn(pool).begin('USER_AUTH'),

  // Nothing in the program names the pool: the SDK finds its endpoint in the
  // environment.
  async environment(pool) {
    process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = pool.endpoint;
    const client = new CognitoIdentityProviderClient({ region: 'us-east-1' });
    const AuthParameters = { USERNAME: pool.username, PASSWORD: pool.password };
    const request = { ...app(pool), AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
    const { AuthenticationResult } = await client.send(new InitiateAuthCommand(request));
    await signedIn(pool, AuthenticationResult.AccessToken, AuthenticationResult.IdToken);
  },

  async device(pool) {
    const { AccessToken, NewDeviceMetadata } = await signIn(pool);
    const { DeviceKey, DeviceGroupKey } = NewDeviceMetadata;
    const { DeviceSecretVerifierConfig, DeviceRandomPassword } = createDeviceVerifier(DeviceKey, DeviceGroupKey);
    const confirmed = await connect(pool).send(
      new ConfirmDeviceCommand({ AccessToken, DeviceKey, DeviceName: 'laptop', DeviceSecretVerifierConfig }),
    );
    if (confirmed.UserConfirmationNecessary) {
      await connect(pool).send(
        new UpdateDeviceStatusCommand({ AccessToken, DeviceKey, DeviceRememberedStatus: 'remembered' }),
      );
      say('device remembered');
    }
    await signIn(pool, { key: DeviceKey, group: DeviceGroupKey, password: DeviceRandomPassword });
  },

  async refresh(pool) {
    const { RefreshToken, AccessToken } = await signIn(pool);
    const { AuthenticationResult: renewed } = await connect(pool).send(
      new GetTokensFromRefreshTokenCommand({ ...app(pool), RefreshToken, ClientSecret: pool.clientSecret || undefined }),
    );
    if (renewed.AccessToken === AccessToken) throw new Error('the same token');
    await signedIn(pool, renewed.AccessToken, renewed.IdToken);
  },

  async signOut(pool) {
    const { AccessToken, RefreshToken } = await signIn(pool);
    await connect(pool).send(new GlobalSignOutCommand({ AccessToken }));
    say('signed out');
    await connect(pool).send(new GetUserCommand({ AccessToken })).catch((err) => say(`refused: ${err.name}: ${err.message}`));
    await new SignIn(pool).begin('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: RefreshToken });
  },

  async forgot(pool) {
    const user = { ...app(pool), Username: pool.username, SecretHash: hash(pool, pool.username).SECRET_HASH };
    const { CodeDeliveryDetails } = await connect(pool).send(new ForgotPasswordCommand(user));
    say(`code sent to ${CodeDeliveryDetails.Destination}`);
    const Password = await ask('new password');
    await persist(async () => {
      const ConfirmationCode = await ask('reset code');
      await connect(pool).send(new ConfirmForgotPasswordCommand({ ...user, ConfirmationCode, Password }));
    });
    await signIn({ ...pool, password: Password });
  },

  async signUp(pool) {
    const user = { ...app(pool), Username: pool.username, SecretHash: hash(pool, pool.username).SECRET_HASH };
    const { UserConfirmed, CodeDeliveryDetails } = await connect(pool).send(
      new SignUpCommand({ ...user, Password: pool.password, UserAttributes: [{ Name: 'email', Value: pool.email }] }),
    );
    say(`${UserConfirmed ? 'confirmed' : 'not confirmed'}, code sent to ${CodeDeliveryDetails.Destination}`);
    await persist(async () => {
      const ConfirmationCode = await ask('confirmation code');
      await connect(pool).send(new ConfirmSignUpCommand({ ...user, ConfirmationCode }));
    });
    await signIn(pool);
  },
});
