import { createScrubber, HIDDEN, type Secret } from "./secret.ts";

/** Texts that are secret by their form, wherever they stand; `$1` is kept. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  // A key, whole or cut off, with real line ends or with those of a JSON text.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs, HIDDEN],
  // The password of an address.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)[^\s@/"'[]+(?=@)/gi, `$1${HIDDEN}`],
  [/(\b(?:bearer|basic) +)[a-z0-9._~+/=-]{8,}/gi, `$1${HIDDEN}`],
  // A field that says that it holds one, also in a JSON text inside another.
  [
    /((?:kalshi-access-signature|authorization|api[-_]?key|private[-_]?key(?:[-_]?pem)?|password|secret|access[-_]?token)\\*["']?\s*[:=]\s*\\*["'])[^"'\\[]+/gi,
    `$1${HIDDEN}`,
  ],
];

/** Hides secrets in texts that are handed on, and counts the texts in which there was something to hide. */
export interface SecretNet {
  scrub(text: string): string;
  readonly hidden: number;
}

/**
 * The last net under what is handed on whole, such as an incident's archive: secrets hide themselves
 * (`Secret`) and logs are redacted; what slipped through both is looked for once more, by the values
 * that are known and by its form.
 */
export function createSecretNet(known: readonly Secret[]): SecretNet {
  const hideKnown = createScrubber(known);
  let hidden = 0;
  return {
    scrub(text) {
      const clean = FORMS.reduce(
        (rest, [form, instead]) => rest.replace(form, instead),
        hideKnown(text),
      );
      if (clean !== text) hidden += 1;
      return clean;
    },
    get hidden() {
      return hidden;
    },
  };
}
