// An OpenID Connect provider that others wrote (and certified), at the addresses
// of a BlockID tenant, behind a proxy that speaks TLS: its arguments are its
// issuer and the redirect URI of its one client. Whoever opens
// /interaction/UID?user=SUB&acr=CLASS is that user, by that class. It prints its
// port, and ends when its standard input does.
import { createServer } from "node:http";
import { once } from "node:events";
import Provider from "../../../challenge/stepup/testdata/node_modules/oidc-provider/lib/index.js";

const [issuer, redirect] = process.argv.slice(2);
const root = "/oauth2/community/default/v1";
const provider = new Provider(issuer, {
  clients: [{
    client_id: "client",
    client_secret: "blockid-secret+canary",
    redirect_uris: [redirect],
    token_endpoint_auth_method: "client_secret_basic",
    require_auth_time: true,
  }],
  routes: { authorization: `${root}/authorize`, token: `${root}/token`, jwks: `${root}/keys` },
  acrValues: ["pwd", "otp", "liveID push"],
  claims: { openid: ["sub", "acr", "amr", "auth_time"], email: ["email"], profile: ["preferred_username"] },
  cookies: { keys: ["for tests"] },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  // Nobody is asked for consent.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
});
provider.proxy = true;

const callback = provider.callback();
const server = createServer(async (req, res) => {
  const url = new URL(req.url, issuer);
  if (!url.pathname.startsWith("/interaction/")) return callback(req, res);
  try {
    await provider.interactionFinished(req, res, {
      login: { accountId: url.searchParams.get("user"), acr: url.searchParams.get("acr"), amr: ["mfa"] },
    }, { mergeWithLastSubmission: false });
  } catch (err) {
    res.writeHead(500).end(String(err));
  }
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.stdin.resume().on("end", () => process.exit(0));
console.log(server.address().port);
