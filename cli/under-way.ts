import type { Client } from "@temporalio/client";
import { BTC_SERIES } from "../core/domain/btc-contract.ts";
import {
  createExchangeControl,
  isOfOtherMode,
  type PlayedManifest,
} from "../runtime/exchange-control.ts";
import { workflowIds } from "../temporal.config.ts";
import { dayStatus, runIdOf } from "./day-workflow.ts";
import { refused } from "./output.ts";

type HomeMode = "shadow" | "paper";

/** Workflows that trade, the widest first. */
const TRADING = ["tradingDay", "btcSeries", "game", "btcContract", "order"] as const;

/**
 * Refuses a home in which the other mode's night or Bitcoin is not over: queues are no mode's own, so a
 * worker of this mode would take up its workflows, whose orders it cannot send.
 *
 * @throws CommandError naming what is not over.
 */
export async function requireOneMode(
  { temporal, exchangeUrl }: { readonly temporal: Client; readonly exchangeUrl: string },
  mode: HomeMode,
): Promise<void> {
  const control = createExchangeControl(exchangeUrl);
  const { loaded } = await control.state();
  const night = loaded === null ? null : await control.manifest();
  const other = otherMode(mode);
  const [first, ...more] = await tradingOf(temporal, night, other);
  if (first === undefined) return;
  const [kind, , date = ""] = first.split("/");
  const isBitcoin = kind?.startsWith("btc-") === true;
  const what = isBitcoin ? "Bitcoin" : kind === "trading-day" ? `the night of ${date}` : "a night";
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  const [again, stop] = isBitcoin ? ["-- --btc --mode", "btc stop"] : ["-- --mode", "day stop"];
  throw refused(
    `${what} in mode ${other} is not over in this home (${first}${others}): nothing of it runs in mode ${mode}`,
    `finish it with \`npm start ${again} ${other}\`, or end it with \`npx tipoff up --mode ${other}\` and ` +
      `\`npx tipoff ${stop}\`, or play ${mode} in its own --home DIR`,
  );
}

/** Whether a night or Bitcoin of this mode is to go on in this home: it has the settings that it began with. */
export async function isToGoOn(
  { temporal, exchangeUrl }: { readonly temporal: Client; readonly exchangeUrl: string },
  mode: HomeMode,
): Promise<boolean> {
  const control = createExchangeControl(exchangeUrl);
  const state = await control.state();
  const night = state.loaded === null ? null : await control.manifest();
  if ((await tradingOf(temporal, night, mode)).length > 0) return true;
  if (night === null || state.isDone || isOfOtherMode(state, mode)) return false;
  // Bitcoin that was stopped goes on when it is started again; a day is begun once, in either mode.
  if (night.bitcoin !== undefined) return true;
  const days = [mode, otherMode(mode)].map((one) => dayStatus(temporal, runIdOf(one, night.date)));
  return (await Promise.all(days)).every((status) => status === null);
}

/** The mode that a home does not run in. */
export function otherMode(mode: HomeMode): HomeMode {
  return mode === "paper" ? "shadow" : "paper";
}

/** Ids of a mode's workflows that trade and are not over, the widest first. */
async function tradingOf(
  temporal: Client,
  night: PlayedManifest | null,
  mode: HomeMode,
): Promise<readonly string[]> {
  // A list of the server's may lack what was started right before a power cut: these are asked one by one.
  const known = BTC_SERIES.map((series) => workflowIds.btcSeries(mode, series));
  if (night !== null) known.unshift(runIdOf(mode, night.date));
  const statuses = await Promise.all(known.map((id) => dayStatus(temporal, id)));
  const ids = new Set(known.filter((_, index) => statuses[index] === "RUNNING"));
  const types = TRADING.map((type) => `'${type}'`).join(", ");
  const query = `ExecutionStatus = 'Running' AND TradeMode = '${mode}' AND WorkflowType IN (${types})`;
  const listed: { readonly workflowId: string; readonly rank: number }[] = [];
  for await (const { workflowId, type } of temporal.workflow.list({ query })) {
    listed.push({ workflowId, rank: TRADING.findIndex((one) => one === type) });
  }
  listed.sort((a, b) => a.rank - b.rank);
  for (const { workflowId } of listed) ids.add(workflowId);
  return [...ids];
}
