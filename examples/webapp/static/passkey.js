// Passkeys need the browser: this hands it the pool's options and puts what it
// makes into the form. The only script of the site.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", async (event) => {
    const credential = form.elements.credential;
    if (credential.value) return; // made: now the form goes its way
    event.preventDefault();
    const status = form.querySelector("[data-status]");
    try {
      status.textContent = "Waiting for your device …";
      credential.value = JSON.stringify(await ceremony(form));
      form.submit();
    } catch (error) {
      status.textContent = error.name === "NotAllowedError" ? "Nothing was chosen. Try again." : "This device cannot do that.";
    }
  });
}

async function ceremony(form) {
  if (form.dataset.passkey === "get") {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(unwrap(form.dataset.options));
    return (await navigator.credentials.get({ publicKey })).toJSON();
  }
  const reply = await fetch(form.dataset.from, { method: "POST" });
  if (!reply.ok) throw new Error(reply.statusText);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(unwrap(await reply.text()));
  return (await navigator.credentials.create({ publicKey })).toJSON();
}

// unwrap takes the options from the object that credentials.get and create take,
// if they are in one.
function unwrap(text) {
  const options = JSON.parse(text);
  return options.publicKey ?? options;
}
