/** Signs what must not be changed afterwards, and tells whether it was. */
export interface Signer {
  /** Fingerprint of the key; stands beside every signature. */
  readonly keyId: string;
  sign(value: object): string;
  /** Whether the signature is this key's, over exactly this value. */
  verifies(value: object, signature: string): boolean;
}
