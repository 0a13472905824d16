// An OpenID Connect provider that others wrote (and certified), with one client.
// Whoever opens /interaction/UID?user=ann&acr=mfa&amr=otp is that user, by
// those means. It prints its port, and ends when its standard input does.
import { createServer } from "node:http";
import { once } from "node:events";
import Provider from "oidc-provider";

const server = createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: "cognito",
    client_secret: "s3cret+canary",
    redirect_uris: ["https://app.example/callback"],
    token_endpoint_auth_method: "client_secret_basic",
    require_auth_time: true,
  }],
  acrValues: ["pwd", "mfa"],
  claims: { openid: ["sub", "acr", "amr", "auth_time"] },
  cookies: { keys: ["for tests"] },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  // Nobody is asked for consent.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
});

const callback = provider.callback();
server.on("request", async (req, res) => {
  const url = new URL(req.url, issuer);
  if (!url.pathname.startsWith("/interaction/")) return callback(req, res);
  try {
    await provider.interactionFinished(req, res, {
      login: { accountId: url.searchParams.get("user"), acr: url.searchParams.get("acr"), amr: url.searchParams.getAll("amr") },
    }, { mergeWithLastSubmission: false });
  } catch (err) {
    res.writeHead(500).end(String(err));
  }
});

process.stdin.resume().on("end", () => process.exit(0));
console.log(port);
