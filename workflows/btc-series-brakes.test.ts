import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { aContract } from "../test/temporal/btc.ts";
import {
  admission,
  contractState,
  playSeries,
  type Script,
  startSeries,
  watched,
} from "../test/temporal/series-rig.ts";
import {
  quietKill,
  startRig,
  type Stubs,
  untilHolds,
  untilTrue,
  type WorkflowRig,
} from "../test/temporal/workflow-rig.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const play = (script: Script, changes?: Stubs) => playSeries(rig, script, changes);
const start = () => startSeries(rig);

describe("the brakes of a series", () => {
  it.each([{}, { killId: "lifted" }])(
    "typed by hand as a kill start the kill workflow, and bind its next look: %j",
    async (ids) => {
      const thrown: unknown[] = [];
      const played = play([() => rig.hang()], quietKill(thrown));
      const series = await start();
      await untilTrue(() => played.requests.length === 1);
      await series.handle.signal("kill", { ...ids, level: "flatten", reason: "drill", by: "test" });
      await untilTrue(() => thrown.length === 1 && played.requests.length === 2);
      expect(thrown[0]).toMatchObject({ level: "flatten", reason: "drill", mode: "paper" });
      expect(played.requests[1]?.state.killLevel).toBe("flatten");
      await series.handle.terminate();
    },
  );

  it("hold when a kill stands of which nobody told it, also after a resume typed by hand", async () => {
    const standing: Script[number] = ({ state }) =>
      state.killLevel === null ? watched({ standingKill: "flatten" }) : rig.hang();
    const played = play([standing, standing, standing, standing]);
    const series = await start();
    await series.until(({ killLevel }) => killLevel === "flatten");
    await series.handle.signal("resume", {});
    await untilTrue(() => played.requests.length === 4);
    await series.until(({ killLevel }) => killLevel === "flatten");
    await series.handle.terminate();
  });

  it("are passed on to its contracts, and recorded once", async () => {
    const contract = aContract();
    const played = play([() => watched({ admitted: [admission(contract)] })]);
    const series = await start();
    await series.until(({ followed }) => followed.length === 1);
    await series.handle.signal("pauseEntries", { reason: "lunch", by: "me" });
    const paused = await untilHolds(
      () => contractState(rig, contract),
      ({ entriesPausedBecause }) => entriesPausedBecause !== null,
    );
    expect(paused.entriesPausedBecause).toBe("paused by signal");
    await series.handle.signal("resume", { reason: "back", by: "me" });
    await untilHolds(
      () => contractState(rig, contract),
      ({ entriesPausedBecause }) => entriesPausedBecause === null,
    );
    expect(await series.state()).toMatchObject({ killLevel: null, entriesPausedBecause: null });
    await untilTrue(() => played.asked.filter((name) => name === "recordAct").length === 2);
    await series.handle.terminate();
  });
});
