// Duo's own client for Node.js goes through a login at the host that it is given:
// prints the address to open, reads the code from standard input, and prints
// what Duo's token says, or the error.
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { createInterface } from "node:readline/promises";
import { Client } from "@duosecurity/duo_universal";

const [authority, apiHost, clientId, clientSecret, redirectUrl, username, expected] = process.argv.slice(2);
try {
  const client = new Client({ apiHost, clientId, clientSecret, redirectUrl });
  // It trusts Duo's certificate authorities alone, and has no option for others.
  client.axios.defaults.httpsAgent = new Agent({ ca: readFileSync(authority) });
  await client.healthCheck();
  console.log(await client.createAuthUrl(username, client.generateState()));
  const input = createInterface({ input: process.stdin });
  const code = (await input[Symbol.asyncIterator]().next()).value;
  const token = await client.exchangeAuthorizationCodeFor2FAResult(code, expected);
  console.log(JSON.stringify({ username: token.preferred_username, result: token.auth_result.result }));
} catch (err) {
  console.log(JSON.stringify({ error: err.message }));
}
process.exit(0);
