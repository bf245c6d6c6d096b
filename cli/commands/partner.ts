import { WorkflowNotFoundError, WorkflowUpdateFailedError } from "@temporalio/client";
import { Argument, type Command, InvalidArgumentError } from "commander";
import { workflowIds } from "../../temporal.config.ts";
import type { PartnerAnswer, PartnerInput } from "../../workflows/contracts.ts";
import { findRunning, type HomeOption, openHome, withHome, withTemporal } from "../context.ts";
import { action, EXIT, failed, print, printJson, refused } from "../output.ts";

interface PartnerOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff partner set EVENT P`: the partner's probability that the home team wins. */
export function registerPartner(program: Command): void {
  const partner = program.command("partner").description("the partner's probability of a game");
  withHome(partner.command("set"))
    .description("set the probability that the home team wins; taken before tip only")
    .argument("<event>", "event ticker, such as KXNBAGAME-26NOV20BOSNYK")
    .addArgument(new Argument("<p>", "above 0 and below 1").argParser(parseProbability))
    .option("--json", "answer as JSON")
    .action(action(setPartner));
}

/** 0 and 1 are refused: a partner's probability of 0 means absent, not certain. */
function parseProbability(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a number above 0 and below 1.");
}

async function setPartner(event: string, p: number, options: PartnerOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const eventTicker = event.toUpperCase();
  const workflowId = workflowIds.game(running.mode, eventTicker);
  const answer = await withTemporal(running.temporalAddress, async (temporal) => {
    try {
      return await temporal.workflow
        .getHandle(workflowId)
        .executeUpdate<PartnerAnswer, [PartnerInput]>("setPartnerProbability", {
          args: [{ p, by: "cli" }],
        });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        throw failed(`no game ${eventTicker} is being played`, "`npx tipoff games` lists them");
      }
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      throw refused(
        error.cause?.message ?? error.message,
        "`npx tipoff games` shows which games are still before tip",
      );
    }
  });
  if (options.json) printJson(answer);
  else print(`${answer.eventTicker}: the partner says home wins with ${answer.homeProbability}`);
  return EXIT.done;
}
