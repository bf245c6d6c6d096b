import { listed } from "../../core/domain/listed.ts";
import { hashOf } from "../../runtime/config-file.ts";
import type { RecordingManifest } from "../../sim/recordings/format.ts";
import { printAlert, wrongUse } from "../output.ts";

/** A recording in its folder. */
export interface FolderRecording {
  readonly dir: string;
  readonly manifest: RecordingManifest;
}

/**
 * Of recordings each night once, and tells which were named again: the same folder, or a copy, whose manifest holds
 * the hashes of the same facts. A night that counts twice is evidence that was never there, and a sweep would judge
 * on the night that it chose on.
 *
 * @throws CommandError naming both folders where two tell one game in different ways: which is meant is not known.
 */
export function eachOnce(found: readonly FolderRecording[]): readonly FolderRecording[] {
  const taken = new Map<string, FolderRecording>();
  const again: string[] = [];
  for (const one of found) {
    const hash = hashOf(one.manifest);
    const same = taken.get(hash);
    if (same === undefined) taken.set(hash, one);
    else again.push(same.dir === one.dir ? one.dir : `${same.dir} (as ${one.dir})`);
  }
  if (again.length > 0) {
    // `nights nights/*` names a whole season again.
    printAlert(`named again, taken once: ${listed(again)}`);
  }
  assertNoGameTwice([...taken.values()]);
  return [...taken.values()];
}

function assertNoGameTwice(recordings: readonly FolderRecording[]): void {
  const heldBy = new Map<string, string>();
  for (const { dir, manifest } of recordings) {
    for (const { eventTicker, date } of manifest.games) {
      const game = `${eventTicker} of ${date}`;
      const other = heldBy.get(game);
      if (other !== undefined) {
        throw wrongUse(
          `${other} and ${dir} both hold ${game}`,
          "name one of the two: a night counts once",
        );
      }
      heldBy.set(game, dir);
    }
  }
}
