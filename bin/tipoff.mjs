#!/usr/bin/env node
// The product runs from its TypeScript sources: tsx translates each file as it is imported.
import { register } from "tsx/esm/api";

register();
await import("../cli/main.ts");
