// Writes the tables of docs/features.md from the code: `npm run docs:features`.
import { readFileSync, writeFileSync } from "node:fs";
import { withFeatureTables } from "./feature-table.ts";

const FILE = "docs/features.md";
writeFileSync(FILE, withFeatureTables(readFileSync(FILE, "utf8")));
