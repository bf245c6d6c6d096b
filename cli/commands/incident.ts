import { access } from "node:fs/promises";
import { signingKeyFile } from "../../runtime/signing-key.ts";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { gatherIncident, type Manifest } from "../../activities/incident/gather.ts";
import type { Db } from "../../schema/database.ts";
import {
  attachArchive,
  closeIncident,
  findIncidentSource,
  listIncidents,
  type NewIncident,
  openIncident,
} from "../../schema/queries/incidents.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  type RunningHome,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { instantOption } from "../instants.ts";
import {
  action,
  EXIT,
  failed,
  integerOption,
  print,
  printJson,
  refused,
  table,
  wrongUse,
} from "../output.ts";

interface PlainOptions extends HomeOption {
  readonly json?: boolean;
}

interface OpenOptions extends PlainOptions {
  readonly from?: Date;
  readonly to?: Date;
  readonly minutes: number;
  readonly out?: string;
}

/** `tipoff incident`: everything about a window of time, in one archive. */
export function registerIncident(program: Command): void {
  const incident = program
    .command("incident")
    .description("what is known of a window of time, in one archive, for the post-mortem");
  withHome(incident.command("open", { isDefault: true }))
    .description("open an incident and gather its archive")
    .argument("[id]", "alarm (a number or alarm-N), breaker (breaker-N) or kill that began it")
    .option(
      "--from <instant>",
      "instead of an id: wall time, ISO with zone, or 30m ago",
      instantOption,
    )
    .option("--to <instant>", "end of the window", instantOption)
    .option(
      "--minutes <n>",
      "window around an id: so long before and after",
      integerOption(1, 720),
      5,
    )
    .option("--out <file>", "archive to write (default: incidents/ in the home)")
    .option("--json", "answer as JSON")
    .action(action(open));
  withHome(incident.command("list"))
    .description("incidents, the latest first")
    .option("--json", "answer as JSON")
    .action(action(list));
  withHome(incident.command("close"))
    .description("close an incident with what was learned")
    .argument("<number>", "of the incident", integerOption(1, Number.MAX_SAFE_INTEGER))
    .requiredOption("--text <text>", "cause and consequence; it is kept")
    .option("--json", "answer as JSON")
    .action(action(close));
}

async function open(id: string | undefined, options: OpenOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  return withDatabase(running.databaseUrl, async (db) => {
    const incident = await describe(db, running, id, options);
    const given = options.out === undefined ? null : resolve(options.out);
    if (given !== null) await refuseExisting(given);
    // Opened first: it counts even when what follows fails.
    const incidentId = await openIncident(db, incident);
    const file = given ?? join(running.home.path, "incidents", `incident-${incidentId}.tar.gz`);
    const { manifest, sha256 } = await gather(db, running, { incidentId, incident, file });
    await attachArchive(db, { incidentId, file, sha256 });
    if (options.json) printJson({ incidentId, archive: file, sha256, manifest });
    else say(incidentId, file, manifest);
    return EXIT.done;
  });
}

async function gather(
  db: Db,
  running: RunningHome,
  { incidentId, incident, file }: { incidentId: number; incident: NewIncident; file: string },
): ReturnType<typeof gatherIncident> {
  const { home, environment, temporalAddress } = running;
  const ownKey = environment.kalshiPrivateKeyPath;
  return gatherIncident(
    {
      db,
      home,
      withTemporal: (use) => withTemporal(temporalAddress, use),
      secretFiles: [
        join(home.exchange, "paper-key.pem"),
        signingKeyFile(home),
        ...(ownKey === null ? [] : [ownKey]),
      ],
    },
    { ...incident, incidentId, outFile: file },
  );
}

async function describe(
  db: Db,
  { mode }: RunningHome,
  id: string | undefined,
  { from, to, minutes }: OpenOptions,
): Promise<NewIncident> {
  const openedBy = userInfo().username;
  const hint = "`npx tipoff incident ID`, or `npx tipoff incident --from T --to T`";
  if (id === undefined) {
    if (from === undefined || to === undefined) throw wrongUse("neither an id nor a window", hint);
    if (from >= to) throw wrongUse("--from is not before --to", "give the earlier instant first");
    const what = "a window given by hand";
    return { mode, source: "window", sourceId: null, what, from, to, openedBy };
  }
  if (from !== undefined || to !== undefined) throw wrongUse("an id and a window", hint);
  const found = await findIncidentSource(db, id);
  if (found === null) {
    throw wrongUse(`${id} is no alarm, breaker or kill`, "kills: `npx tipoff audit --kind kill`");
  }
  const aroundMs = minutes * 60_000;
  return {
    ...found,
    mode: found.mode ?? mode,
    from: new Date(found.at.getTime() - aroundMs),
    to: new Date(found.at.getTime() + aroundMs),
    openedBy,
  };
}

async function refuseExisting(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) throw refused(`${file} exists`, "name another file: evidence is not written over");
}

function say(incidentId: number, file: string, manifest: Manifest): void {
  const { files, leftOut, secretsHidden, window } = manifest;
  print(`incident ${incidentId}: ${manifest.what}`);
  print(`  ${window.from} to ${window.to}, ${files.length} files`);
  print(`  ${file}`);
  for (const what of leftOut) print(`  left out: ${what}`);
  if (secretsHidden > 0) print(`  ${secretsHidden} lines held a secret, which was hidden`);
  print(`close it with \`npx tipoff incident close ${incidentId} --text TEXT\``);
}

async function list(options: PlainOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const incidents = await withDatabase(running.databaseUrl, listIncidents);
  if (options.json) {
    printJson(incidents);
    return EXIT.done;
  }
  if (incidents.length === 0) print("no incidents");
  else {
    const rows = incidents.map((row) => [
      String(row.incident_id),
      row.opened_at.toISOString(),
      row.mode,
      row.source_id === null ? row.source : `${row.source} ${row.source_id}`,
      row.what,
      row.closed_at === null ? "open" : `closed: ${row.resolution ?? ""}`,
    ]);
    print(table(["number", "opened", "mode", "source", "what", "state"], rows));
  }
  return EXIT.done;
}

async function close(
  incidentId: number,
  { text, json, ...options }: PlainOptions & { readonly text: string },
): Promise<number> {
  if (text.trim() === "") throw wrongUse("the text is empty", "say what was learned");
  const running = await findRunning(openHome(options));
  const by = userInfo().username;
  const closing = { incidentId, by, resolution: text.trim(), at: new Date() };
  const outcome = await withDatabase(running.databaseUrl, (db) => closeIncident(db, closing));
  if (outcome === "unknown") {
    throw failed(`there is no incident ${incidentId}`, "`npx tipoff incident list`");
  }
  if (outcome === "closed") {
    throw refused(`incident ${incidentId} is closed already`, "its text stays as it was written");
  }
  if (json) printJson({ incidentId, closedBy: by, resolution: closing.resolution });
  else print(`incident ${incidentId} is closed`);
  return EXIT.done;
}
