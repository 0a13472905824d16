// What the SRP of amazon-cognito-identity-js takes, in the words of "go test
// -bench" so that internal/measure/report reads it:
//
//     node auth/cognitotest/testdata/stock/srpbench.mjs
//
// First it shows that it is the same work: a published proof of a device.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { AuthenticationHelper } = require('amazon-cognito-identity-js');
const BigInteger = require('amazon-cognito-identity-js/lib/BigInteger.js').default;
const { Sha256 } = require('@aws-crypto/sha256-js');

const { cases } = JSON.parse(readFileSync(new URL('../../../../srp/testdata/device_proofs.json', import.meta.url)));
const vector = cases[0];
const number = (hex) => new BigInteger(hex, 16);

// prove is what CognitoUser does with DEVICE_PASSWORD_VERIFIER, and, with the
// pool's name for the realm, with PASSWORD_VERIFIER.
const prove = (helper) => {
  let signature;
  helper.getPasswordAuthenticationKey(vector.username, vector.password, number(vector.srpB), number(vector.salt), (err, key) => {
    if (err) throw err;
    const mac = new Sha256(key);
    mac.update(Buffer.concat([
      Buffer.from(vector.realm), Buffer.from(vector.username), Buffer.from(vector.secretBlock, 'base64'), Buffer.from(vector.timestamp),
    ]));
    signature = Buffer.from(mac.digestSync()).toString('base64');
  });
  return signature;
};

const known = new AuthenticationHelper(vector.realm);
known.smallAValue = number(vector.a);
known.calculateA(known.smallAValue, (err, a) => { known.largeAValue = a; });
if (prove(known) !== vector.signature) throw new Error('the proof differs from the vector');

console.log(`identity-js: ${require('amazon-cognito-identity-js/package.json').version}`);
console.log(`node: ${process.versions.node}`);

// bench prints the CPU time of this process for each call, garbage included.
const bench = (name, calls, f) => {
  for (let i = 0; i < 5; i++) f(); // while it is compiled
  for (let run = 0; run < 5; run++) {
    const start = process.cpuUsage();
    for (let i = 0; i < calls; i++) f();
    const { user, system } = process.cpuUsage(start);
    console.log(`Benchmark${name}/identity-js \t ${calls}\t ${Math.round(((user + system) * 1000) / calls)} CPU-ns/op`);
  }
};

bench('Handshake', 10, () => prove(new AuthenticationHelper(vector.realm)));
const helper = new AuthenticationHelper(vector.realm);
bench('DeviceProof', 10, () => prove(helper));
