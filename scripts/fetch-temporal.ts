/** Makes sure that there is a `temporal` binary, as the first start of the product would. */
import { readEnvironment } from "../runtime/config.ts";
import { obtainTemporalBinary } from "../runtime/embedded/temporal-binary.ts";

const environment = readEnvironment();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
if (environment.temporalAddress) say(`temporal at TEMPORAL_ADDRESS`);
else {
  const { path, how, version } = await obtainTemporalBinary({ environment, say });
  say(`temporal ${version}: ${path} (${how})`);
}
