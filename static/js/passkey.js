"use strict";
// Adds or uses a passkey: asks the site what to sign, the authenticator to sign it, and sends the form with the answer.
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.PublicKeyCredential || !navigator.credentials) return;
  form.hidden = false;
  for (const words of document.querySelectorAll("[data-without-passkey]")) words.hidden = true;
  const failed = form.querySelector("[data-failed]");

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (credentials) => (credentials || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const make = async (asked) => {
    const user = { ...asked.user, id: bytes(asked.user.id) };
    const made = await navigator.credentials.create({ publicKey: {
      ...asked, user, challenge: bytes(asked.challenge), excludeCredentials: listed(asked.excludeCredentials),
    } });
    return { made, response: { attestationObject: text(made.response.attestationObject) } };
  };
  const sign = async (asked) => {
    const made = await navigator.credentials.get({ publicKey: {
      ...asked, challenge: bytes(asked.challenge), allowCredentials: listed(asked.allowCredentials),
    } });
    const { authenticatorData, signature } = made.response;
    return { made, response: { authenticatorData: text(authenticatorData), signature: text(signature) } };
  };

  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    failed.hidden = true;
    try {
      const body = new FormData(form);
      body.set("options", "1");
      const answer = await fetch(form.action, { method: "POST", body });
      if (!answer.ok || answer.redirected) throw new Error("no options");
      const asked = (await answer.json()).publicKey;
      const { made, response } = await (form.dataset.passkey === "add" ? make(asked) : sign(asked));
      form.elements.answer.value = JSON.stringify({
        id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {},
        response: { ...response, clientDataJSON: text(made.response.clientDataJSON) },
      });
      form.requestSubmit();
    } catch {
      form.elements.answer.value = "";
      failed.hidden = false;
    }
  });
})();
