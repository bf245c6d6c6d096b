import { spawn, type ChildProcess } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { priceMicros, countCenti } from "../../core/domain/units.ts";
import { createExchangeControl, type ExchangeControl } from "../../runtime/exchange-control.ts";
import { readServices } from "../../runtime/home.ts";
import { nodeArguments } from "../../runtime/package-root.ts";
import { choosePort } from "../../runtime/ports.ts";
import { restingAt } from "../db/night.ts";
import { openOrderPath } from "../support/order-path.ts";
import { NightHome, type Run, until } from "./night-home.ts";

const RESTING = 50;
/** What `config/tipoff.yaml` ships. */
const EXPIRES_MS = 300_000;

let night: NightHome;
let up: Run;
let alone: ChildProcess | null = null;

beforeAll(async () => {
  night = await NightHome.create();
  up = await night.up();
  const world = ["--source", "world:11", "--games", "2", "--speed", "1"];
  const begun = await night.answer("day", "start", ...world);
  expect(begun.exitCode, begun.said).toBe(0);
});

afterAll(async () => {
  alone?.kill("SIGKILL");
  await night.remove();
});

it("the exchange empties by itself when kill -9 has ended everything of ours with 50 orders resting", async () => {
  await placeResting();
  const { processes } = await readServices(night.home);
  // The supervisor first, or it would start the others again; its guardian may end what is left.
  up.child.kill("SIGKILL");
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // The guardian was faster.
    }
  }
  await up.exitCode;
  // Nothing of ours lives. The venue goes on, on a clock of its own that nobody leases.
  const exchange = await runExchangeAlone();
  const begin = await exchange.state();
  const { nowMs } = await exchange.clock();
  expect(begin.resting).toBeGreaterThanOrEqual(RESTING);
  await until("an exchange that has emptied itself", 120_000, async () => {
    return (await exchange.state()).resting === 0;
  });
  const took = (await exchange.clock()).nowMs - nowMs;
  // A look comes late by what a look takes, at 60 times the wall's pace.
  expect(took).toBeLessThan(EXPIRES_MS + 30_000);
});

/** Through the product's own path, so that it is the product that asked for the brakes. */
async function placeResting(): Promise<void> {
  const price = priceMicros(10_000);
  const database = await night.database();
  await until("games in the books", 60_000, async () => {
    const games = await database.selectFrom("games").select("game_id").execute();
    return games.length === 2;
  });
  const path = await openOrderPath(night.home);
  try {
    for (let placed = 0; placed < RESTING; placed += 1) {
      const game = path.games[placed % path.games.length];
      const market = game?.markets[placed % 2];
      if (game === undefined || market === undefined) throw new Error("no market");
      const result = await path.place(game, {
        marketTicker: market.ticker,
        count: countCenti(100),
        ...restingAt(price),
      });
      expect(result).toMatchObject({ kind: "order", status: "working" });
    }
  } finally {
    await path.close();
  }
}

async function runExchangeAlone(): Promise<ExchangeControl> {
  const port = await choosePort(undefined);
  const data = ["--data", night.home.exchange, "--port", String(port), "--free-running"];
  alone = spawn(process.execPath, nodeArguments("cli/main.ts", "exchange", ...data), {
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  const control = createExchangeControl(url);
  await until("the exchange alone", 60_000, () =>
    control.state().then(
      () => true,
      () => false,
    ),
  );
  await fetch(`${url}/sim/v1/speed`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ speed: 60 }),
  });
  return control;
}
