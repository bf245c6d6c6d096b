import { expect, it } from "vitest";
import { assertCoinbaseHost } from "./hosts.ts";

it.each([
  ["wss://ws-feed.exchange.coinbase.com", true],
  ["https://api.exchange.coinbase.com", true],
  ["http://127.0.0.1:7440/coinbase", true],
  ["ws://[::1]:7440/coinbase/ws", true],
  ["ws://ws-feed.exchange.coinbase.com", false],
  ["http://api.exchange.coinbase.com", false],
  ["https://api.exchange.coinbase.com.evil.test", false],
  ["https://api.exchange.coinbase.com@evil.test", false],
  ["https://api.coinbase.com", false],
  ["http://localhost:7440", false],
  ["not a url", false],
])("reads from %s: %s", (url, isAllowed) => {
  const check = (): void => {
    assertCoinbaseHost(url);
  };
  if (isAllowed) expect(check).not.toThrow();
  else expect(check).toThrow(/SAFETY_REFUSED/);
});
