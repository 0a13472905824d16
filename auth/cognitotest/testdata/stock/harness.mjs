// The conversation of a script with the Go test that runs it: one JSON document
// a line. The test says on standard input which flow to run against which pool,
// and then is the user: it answers what the script asks and reads what it says.
import { createInterface } from 'node:readline';
import { CognitoJwtVerifier } from 'aws-jwt-verify';

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function read() {
  const { value, done } = await input.next();
  if (done) process.exit(0); // the test is over
  return JSON.parse(value);
}

const print = (line) => console.log(JSON.stringify(line));

// say tells one step of the story that the test expects.
export const say = (step) => print({ say: step });

// ask has the user answer a question; about is what the user is shown with it.
export async function ask(question, about = {}) {
  print({ ask: question, about });
  return read();
}

// persist repeats an answer until it is accepted, as users do who mistype.
export async function persist(answer) {
  for (;;) {
    try {
      return await answer();
    } catch (err) {
      say(`refused: ${err.name}: ${err.message}`);
    }
  }
}

// converse runs flows until the test has no more.
export async function converse(flows) {
  for (;;) {
    const pool = await read();
    try {
      await flows[pool.flow](pool);
    } catch (err) {
      say(`ended by ${err.name}: ${err.message}`);
    }
    print({ end: true });
  }
}

// signedIn verifies both tokens of a sign-in as a server would that trusts
// Cognito, and says whose they are.
export async function signedIn(pool, accessToken, idToken) {
  const access = await verifier(pool, 'access').then((v) => v.verify(accessToken));
  const id = await verifier(pool, 'id').then((v) => v.verify(idToken));
  if (id.sub !== access.sub || id.origin_jti !== access.origin_jti) throw new Error('the tokens are of two sign-ins');
  say(`tokens of ${access.username === access.sub ? 'a sub' : access.username}`);
}

// verifier is the one of production code, but for the place of the keys: they
// come from the pool, not from AWS.
export async function verifier({ endpoint, userPoolId, clientId }, tokenUse) {
  const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse });
  const keys = await fetch(`${endpoint}/${userPoolId}/.well-known/jwks.json`);
  verifier.cacheJwks(await keys.json());
  return verifier;
}
