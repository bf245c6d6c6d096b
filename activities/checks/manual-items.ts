/** What only a person can answer for, by the name one ticks it with. */
export const MANUAL_ITEMS = {
  legal: "trading these markets is lawful where I live, and I am old enough",
  tax: "I know how profits and losses are taxed, and keep the records",
  terms: "I have read and accepted the venue's terms, and automated trading is within them",
  "2fa": "the venue's account has two-factor authentication",
  "separate-keys": "reading and trading have API keys of their own, and neither is used elsewhere",
} as const;
