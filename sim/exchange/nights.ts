import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import { ONE_USD_MICROS, usdMicros } from "../../core/domain/units.ts";
import { FeedState } from "../feeds/state.ts";
import type { FactSource } from "../facts.ts";
import { syncFolder, writeDurably } from "./durable-file.ts";
import { ApiError } from "./errors.ts";
import { Night, type NightListener, type NightOptions } from "./night.ts";
import { LoadRequest } from "./sources.ts";

/** `night.json`: which night lies in a folder. */
const NightFile = z.strictObject({
  schemaVersion: z.literal(1),
  request: LoadRequest,
  /** Of the source's manifest: the night goes on only over the same facts. */
  manifestSha256: z.string(),
});

/** `current.json`: which of the folders is played. */
const CurrentFile = z.strictObject({ night: z.string() });

export interface NightsOptions
  extends Pick<NightOptions, "isFreeRunning" | "latencyMs" | "wall" | "onFailure"> {
  readonly dataDir: string;
  /** `dir` is the night's own folder, where a live source keeps what it hears. */
  readonly openSource: (request: LoadRequest, dir: string) => Promise<FactSource>;
  readonly listener: NightListener;
  /** Called when another night begins, before it is shown. */
  readonly onNewNight: () => void;
}

interface Loaded {
  readonly night: Night;
  readonly feeds: FeedState;
  readonly request: LoadRequest;
}

/** The nights of one data folder, of which the newest is played. A restart resumes it by itself. */
export class Nights {
  readonly #options: NightsOptions;
  #loaded: Loaded | null = null;
  #loading: Promise<unknown> = Promise.resolve();

  constructor(options: NightsOptions) {
    this.#options = options;
  }

  get night(): Night | null {
    return this.#loaded?.night ?? null;
  }

  get feeds(): FeedState | null {
    return this.#loaded?.feeds ?? null;
  }

  get request(): LoadRequest | null {
    return this.#loaded?.request ?? null;
  }

  /** Takes up the night that was played when the process ended, if there was one. */
  async resume(): Promise<void> {
    const current = await readJson(join(this.#options.dataDir, "current.json"), CurrentFile);
    if (current === null) return;
    const dir = this.#folder(current.night);
    const file = await readJson(join(dir, "night.json"), NightFile);
    if (file === null) throw damaged(dir, "night.json is missing");
    const source = await this.#options.openSource(file.request, dir);
    await orClose(source, async () => {
      if (manifestHash(source) !== file.manifestSha256) {
        throw damaged(dir, "the source is no longer the one that the night began with");
      }
      await this.#play(dir, file.request, source);
    });
  }

  /**
   * Loads a night; the one that is loaded already goes on, at the speed asked for, unless it is to begin anew.
   *
   * @throws ApiError 409 while another night is unfinished and not to be left.
   */
  load(request: LoadRequest): Promise<Night> {
    const loaded = this.#loading.then(() => this.#load(request));
    this.#loading = loaded.catch(() => undefined);
    return loaded;
  }

  async close(): Promise<void> {
    await this.#loading;
    await this.#loaded?.night.close();
  }

  async #load({ isAnew = false, ...request }: LoadRequest): Promise<Night> {
    if (this.#loaded !== null) {
      const { night } = this.#loaded;
      const isLive = night.source.arrivals !== undefined;
      // A live night that is over is not the one of another day.
      const isOver = isAnew || (night.isDone && isLive);
      if (!isOver && isSameNight(this.#loaded.request, request)) {
        await night.setSpeed(request.speed);
        return night;
      }
      // A live night ends with nobody's doing: it may always be left.
      const isLeft = (isAnew || isLive) && night.isFlat;
      if (!night.isDone && !isLeft) {
        const { source } = this.#loaded.request;
        const why = night.isFlat ? "unfinished" : "unfinished, and holds orders or positions";
        const details = `${source} is ${why}: let it end, or use another data folder`;
        throw new ApiError(409, "night_unfinished", "another night is unfinished", details);
      }
    }
    const { dataDir } = this.#options;
    const before = await readJson(join(dataDir, "current.json"), CurrentFile);
    const name = String(Number(before?.night ?? 0) + 1).padStart(4, "0");
    const dir = this.#folder(name);
    // What lies there is of a night that never began.
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    const source = await this.#options.openSource(request, dir);
    return orClose(source, async () => {
      // The folder is whole, and on the disk, before `current.json` names it.
      const file = { schemaVersion: 1, request, manifestSha256: manifestHash(source) };
      await writeDurably(join(dir, "night.json"), JSON.stringify(file, null, 2));
      await syncFolder(join(dataDir, "nights"));
      await syncFolder(dataDir);
      await writeDurably(join(dataDir, "current.json"), JSON.stringify({ night: name }));
      await this.#loaded?.night.close();
      return this.#play(dir, request, source);
    });
  }

  async #play(dir: string, request: LoadRequest, source: FactSource): Promise<Night> {
    const { listener, onNewNight, ...options } = this.#options;
    const feeds = new FeedState(source);
    const night = await Night.open({
      ...options,
      dir,
      source,
      speed: request.speed,
      startingCash: usdMicros(Math.round(request.startingCashUsd * ONE_USD_MICROS)),
      showFeeds: (fact) => {
        feeds.apply(fact);
      },
    });
    this.#loaded = { night, feeds, request };
    onNewNight();
    night.start(listener);
    return night;
  }

  #folder(name: string): string {
    return join(this.#options.dataDir, "nights", name);
  }
}

/** A source that cannot be played is not listened to any longer. */
async function orClose<T>(source: FactSource, play: () => Promise<T>): Promise<T> {
  try {
    return await play();
  } catch (error) {
    await source.arrivals?.close();
    throw error;
  }
}

/** Two requests are the same night by all but the speed, and the mode where one of them names none. */
function isSameNight(loaded: LoadRequest, wished: LoadRequest): boolean {
  const mode = loaded.mode ?? wished.mode;
  return isDeepStrictEqual({ ...loaded, mode, speed: 0 }, { mode, ...wished, speed: 0 });
}

function manifestHash({ manifest }: FactSource): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

function damaged(dir: string, reason: string): TradingError {
  return new TradingError("JOURNAL_DAMAGED", { file: dir, reason });
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? null : schema.parse(JSON.parse(text));
}
