// VERIFY: refuses a request that its sender has not signed.
import { FormError } from "formevent";
import { SENDERS, verifySignature } from "formevent/verify";

import { Refusal } from "./answers.js";
import type { Guard } from "./guard.js";
import { ConfigError, type Form } from "./settings.js";

const URL_OF_SENDER: Form = { test: (text) => URL.canParse(text), allowed: "an absolute URL" };

export const signatures: Guard = (settings) => {
  const scheme = settings.document("VERIFY", SENDERS) as Parameters<typeof verifySignature>[2] | undefined;
  // The old one is accepted too, while the secret changes.
  const secrets = ["VERIFY_SECRET", "VERIFY_SECRET_OLD"].map((name) => settings.text(name)).filter(Boolean);
  const window = settings.text("VERIFY_WINDOW_SECONDS") ? settings.whole("VERIFY_WINDOW_SECONDS", 0) : undefined;
  const url = settings.text("VERIFY_URL", URL_OF_SENDER) || undefined;
  if (scheme === undefined) return undefined;
  settings.required("VERIFY_SECRET", "VERIFY");
  return {
    async body(request, body) {
      try {
        await verifySignature(request, body, scheme, secrets, { window, url });
      } catch (error) {
        if (error instanceof FormError) throw new Refusal(401, error.code, error.message, {}, { "www-authenticate": "HMAC" });
        // Only its caller can have caused a TypeError.
        throw error instanceof TypeError ? new ConfigError(`VERIFY: ${error.message}`) : error;
      }
    },
  };
};
