/** Takes the lock named by its argument, says `held` or `refused`, and lives until it is killed. */
import { takeLock } from "../../runtime/home-lock.ts";

try {
  await takeLock(process.argv[2] ?? "", "tipoff start");
  process.stdout.write("held\n");
} catch {
  process.stdout.write("refused\n");
}
setInterval(() => undefined, 60_000);
