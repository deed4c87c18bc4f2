// VERIFY: refuses a request that its sender has not signed.
import { FormError } from "formevent";
import { SENDERS, verifySignature } from "formevent/verify";

import { Refusal } from "./answers.js";
import { ConfigError, type Form, type Settings } from "./settings.js";

export interface Verification {
  readonly scheme: Parameters<typeof verifySignature>[2];
  /** The secret, and while it changes the old one. */
  readonly secrets: readonly string[];
  readonly options: NonNullable<Parameters<typeof verifySignature>[4]>;
}

const SECRET: Form = { test: () => true, allowed: "text", secret: true };
const URL_OF_SENDER: Form = { test: (text) => URL.canParse(text), allowed: "an absolute URL" };

export function readVerification(settings: Settings): Verification | undefined {
  const scheme = settings.document("VERIFY", SENDERS) as Verification["scheme"] | undefined;
  const secrets = ["VERIFY_SECRET", "VERIFY_SECRET_OLD"].map((name) => settings.text(name, SECRET)).filter(Boolean);
  const window = settings.text("VERIFY_WINDOW_SECONDS") ? settings.whole("VERIFY_WINDOW_SECONDS", 0) : undefined;
  const url = settings.text("VERIFY_URL", URL_OF_SENDER) || undefined;
  if (scheme === undefined) return undefined;
  settings.required("VERIFY_SECRET", SECRET, "VERIFY");
  return { scheme, secrets, options: { ...(window === undefined ? {} : { window }), ...(url === undefined ? {} : { url }) } };
}

export async function checkSignature(request: Request, body: Uint8Array, verification: Verification | undefined): Promise<void> {
  if (!verification) return;
  const { scheme, secrets, options } = verification;
  try {
    await verifySignature(request, body, scheme, secrets, options);
  } catch (error) {
    if (error instanceof FormError) throw new Refusal(401, error.code, error.message, {}, { "www-authenticate": "HMAC" });
    // Only its caller can have caused a TypeError.
    throw error instanceof TypeError ? new ConfigError(`VERIFY: ${error.message}`) : error;
  }
}
