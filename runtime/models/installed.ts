import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import { type KnownFeatures, loadTreeArtifact, type TreeArtifact } from "./tree-artifact.ts";

/** Who installed an artifact, when, from where, and what it was then. */
const Provenance = z.strictObject({
  hash: z.string(),
  from: z.string(),
  by: z.string(),
  at: z.iso.datetime(),
});
type Provenance = z.infer<typeof Provenance>;

const PROVENANCE = "provenance.json";

/** An artifact of the home, or one that comes with the product. */
export interface FoundArtifact {
  readonly name: string;
  readonly folder: string;
  readonly where: "installed" | "shipped";
  readonly provenance: Provenance | null;
  readonly artifact: TreeArtifact | null;
  /** The error that says why it cannot be used; null when it can. */
  readonly fault: unknown;
}

/** Where artifacts lie, and the features that the code makes. */
export interface ArtifactPlaces {
  readonly installed: string;
  readonly shipped: string;
  readonly features: KnownFeatures;
  /** Artifacts that were proved before and need not be again; what is found is added. */
  readonly proved?: ProvedArtifacts;
}

/** Sound artifacts by the folder of the home's, and the name. */
export type ProvedArtifacts = Map<string, TreeArtifact>;

/**
 * Copies a sound artifact into the home, under its own name, with where it came from. It appears
 * whole or not at all; one of the same name goes.
 *
 * @throws TradingError MODEL_INVALID when it is not sound.
 */
export async function installArtifact(
  folder: string,
  places: ArtifactPlaces,
  act: { readonly by: string; readonly at: Date },
): Promise<TreeArtifact> {
  const artifact = await loadTreeArtifact(folder, places.features);
  const { name, files } = artifact.manifest;
  const place = join(places.installed, name);
  const fresh = `${place}.unfinished`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  for (const file of ["manifest.json", ...Object.keys(files)]) {
    await cp(join(folder, file), join(fresh, file));
  }
  const provenance: Provenance = {
    ...{ hash: artifact.hash, from: folder, by: act.by, at: act.at.toISOString() },
  };
  await writeFile(join(fresh, PROVENANCE), `${JSON.stringify(provenance, null, 1)}\n`);
  // What was copied, not what was read before it.
  const copy = await loadInstalled(fresh, places.features);
  const old = `${place}.old`;
  await rm(old, { recursive: true, force: true });
  await rename(place, old).catch(() => undefined); // The first of its name.
  await rename(fresh, place);
  await rm(old, { recursive: true, force: true });
  return { ...copy.artifact, folder: place };
}

/** Every artifact that is there, sound or not: those of the home first, each in the sequence of names. */
export async function listArtifacts(places: ArtifactPlaces): Promise<readonly FoundArtifact[]> {
  const found: FoundArtifact[] = [];
  for (const where of ["installed", "shipped"] as const) {
    for (const name of await foldersOf(places[where])) {
      const folder = join(places[where], name);
      found.push({ name, folder, where, ...(await look(folder, where, places.features)) });
    }
  }
  return found;
}

/**
 * Loads an artifact by its name: the one of the home, else the one that comes with the product.
 *
 * @throws TradingError MODEL_INVALID when there is none, or it is not sound, or changed since it was installed.
 */
export async function findArtifact(name: string, places: ArtifactPlaces): Promise<TreeArtifact> {
  const key = join(places.installed, name);
  const artifact = places.proved?.get(key) ?? (await proveArtifact(name, places));
  places.proved?.set(key, artifact);
  return artifact;
}

async function proveArtifact(name: string, places: ArtifactPlaces): Promise<TreeArtifact> {
  if ((await foldersOf(places.installed)).includes(name)) {
    return (await loadInstalled(join(places.installed, name), places.features)).artifact;
  }
  if ((await foldersOf(places.shipped)).includes(name)) {
    return loadTreeArtifact(join(places.shipped, name), places.features);
  }
  throw new TradingError("MODEL_INVALID", {
    reason: `no model is named ${name}`,
    nextStep: "`npx tipoff model list` shows them, `npx tipoff model install DIR` adds one",
  });
}

async function look(
  folder: string,
  where: FoundArtifact["where"],
  features: KnownFeatures,
): Promise<Pick<FoundArtifact, "artifact" | "provenance" | "fault">> {
  try {
    if (where === "installed") return { ...(await loadInstalled(folder, features)), fault: null };
    return { artifact: await loadTreeArtifact(folder, features), provenance: null, fault: null };
  } catch (error) {
    return { artifact: null, provenance: null, fault: error };
  }
}

async function loadInstalled(
  folder: string,
  features: KnownFeatures,
): Promise<{ readonly artifact: TreeArtifact; readonly provenance: Provenance }> {
  const artifact = await loadTreeArtifact(folder, features);
  const file = join(folder, PROVENANCE);
  const parsed = Provenance.safeParse(parseJson(await readFile(file, "utf8").catch(() => "")));
  const fault = !parsed.success
    ? "says not where the model came from"
    : parsed.data.hash === artifact.hash
      ? null
      : `was written for ${parsed.data.hash.slice(0, 12)}, the model is ${artifact.hash.slice(0, 12)}`;
  if (parsed.success && fault === null) return { artifact, provenance: parsed.data };
  const nextStep = "install it again: `npx tipoff model install DIR`";
  throw new TradingError("MODEL_INVALID", { file, faults: [fault], nextStep });
}

async function foldersOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return folders.filter((name) => !name.includes(".")).sort();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
