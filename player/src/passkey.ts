// Passkeys: signing in without a code, and adding one on the account page. The
// buttons are hidden until it is known that this browser can do it.

import { call, Problem } from "./api";

type Json = Record<string, unknown>;
interface Ceremony {
  state: string;
  options: Json;
}

/** Reads base64url, as binary values are written in JSON (W3C Web Authentication). */
function bytes(text: unknown): ArrayBuffer {
  const raw = atob(String(text).replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer | null): string {
  const raw = String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)));
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function descriptors(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as Json[]).map((d) => ({ ...d, id: bytes(d["id"]) }) as unknown as PublicKeyCredentialDescriptor);
}

/** Asks the device to prove who holds it, and returns the answer as JSON. */
async function prove(options: Json): Promise<Json> {
  const publicKey = { ...options, challenge: bytes(options["challenge"]), allowCredentials: descriptors(options["allowCredentials"]) };
  const key = (await navigator.credentials.get({ publicKey: publicKey as PublicKeyCredentialRequestOptions })) as PublicKeyCredential;
  const r = key.response as AuthenticatorAssertionResponse;
  return {
    id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(),
    response: { clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData), signature: text(r.signature), userHandle: text(r.userHandle) },
  };
}

/** Asks the device to make a key, and returns its public half as JSON. */
async function make(options: Json): Promise<Json> {
  const user = options["user"] as Json;
  const publicKey = {
    ...options, challenge: bytes(options["challenge"]), user: { ...user, id: bytes(user["id"]) },
    excludeCredentials: descriptors(options["excludeCredentials"]),
  };
  const key = (await navigator.credentials.create({ publicKey: publicKey as unknown as PublicKeyCredentialCreationOptions })) as PublicKeyCredential;
  const r = key.response as AuthenticatorAttestationResponse;
  return {
    id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(),
    response: { clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject) },
  };
}

async function signIn(form: HTMLFormElement): Promise<void> {
  const { state, options } = await call<Ceremony>("POST", "/v1/auth/passkey/options");
  await call("POST", "/v1/auth/passkey", { state, credential: await prove(options) });
  const next = form.querySelector<HTMLInputElement>('input[name="next"]')?.value ?? "";
  location.assign(next === "" ? "/" : next);
}

async function add(form: HTMLFormElement): Promise<void> {
  const name = form.querySelector<HTMLInputElement>('input[name="name"]')?.value ?? "";
  const { state, options } = await call<Ceremony>("POST", "/v1/me/passkeys/options");
  await call("POST", "/v1/me/passkeys", { state, name, credential: await make(options) });
  location.reload();
}

/** Shows the forms of passkeys and lets them work, where the browser can. */
export function passkeys(): void {
  if (typeof PublicKeyCredential === "undefined" || !window.isSecureContext) return;
  document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach((form) => {
    const problem = form.querySelector<HTMLElement>(".problem");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (problem !== null) problem.hidden = true;
      (form.dataset["passkey"] === "add" ? add(form) : signIn(form)).catch((error: unknown) => {
        if (problem === null) return;
        if (error instanceof Problem && error.message !== "") problem.textContent = error.message;
        problem.hidden = false;
      });
    });
  });
}
