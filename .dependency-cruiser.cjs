// The architecture, as rules: who may import whom. `npm run check:deps` proves it.
const shipped = { pathNot: "\\.test\\.ts$" };
const exceptTypes = { dependencyTypesNot: ["type-only"] };
const rule = (name, from, to) => ({ name, severity: "error", from, to });
const OUTSIDE_CORE =
  "^(workflows|activities|clients|schema|runtime|workers|sim|mirror|backtest|cli|dashboard|deploy|scripts|test|bench)/|^temporal\\.config";

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule("no-cycle", {}, { circular: true }),
    rule("domain-is-the-root", { path: "^core/domain/", ...shipped }, { path: "^core/(models|strategies|risk|scoring)/" }),
    rule("core-never-sees-the-shell", { path: "^core/", ...shipped }, { path: OUTSIDE_CORE }),
    rule("core-has-no-node-builtins", { path: "^core/", ...shipped }, { dependencyTypes: ["core"] }),
    rule("core-has-no-packages", { path: "^core/", ...shipped }, { dependencyTypes: ["npm", "npm-dev"] }),
    rule("core-rooms-keep-apart", { path: "^core/(models|risk|scoring)/", ...shipped }, { path: "^core/(models|strategies|risk|scoring)/", pathNot: "^core/$1/" }),
    rule("strategies-see-domain-and-models", { path: "^core/strategies/", ...shipped }, { path: "^core/(risk|scoring)/" }),
    rule("workflows-run-domain-only", { path: "^workflows/", ...shipped }, { path: "^(core/(models|strategies|risk|scoring)|activities|clients|schema|runtime|workers|sim|backtest|cli|dashboard)/", ...exceptTypes }),
    rule("workflows-npm-allowlist", { path: "^workflows/", ...shipped }, { dependencyTypes: ["npm", "npm-dev", "core"], pathNot: "node_modules/@temporalio/(workflow|common)/" }),
    rule("activities-see-no-process", { path: "^activities/", ...shipped }, { path: "^(workers|sim|mirror|backtest|cli|dashboard|workflows)/", ...exceptTypes }),
    rule("clients-know-no-database", { path: "^clients/", ...shipped }, { path: "^(schema|activities|workflows|workers|sim|mirror|backtest|cli|core/(models|strategies|risk|scoring))/" }),
    rule("schema-knows-no-venue", { path: "^schema/", ...shipped }, { path: "^(clients|activities|workflows|workers|sim|backtest|cli|core/(models|strategies|scoring))/", ...exceptTypes }),
    rule("sim-touches-no-service", { path: "^sim/", ...shipped }, { path: "^(schema|activities|workflows|workers|clients|mirror|cli|backtest)/" }),
    rule("mirror-is-clients-and-sim", { path: "^mirror/", ...shipped }, { path: "^(schema|activities|workflows|workers|cli|backtest|core/(models|strategies|risk|scoring))/" }),
    rule("backtest-is-core-and-sim", { path: "^backtest/", ...shipped }, { path: "^(schema|activities|workflows|workers|clients|mirror|cli)/" }),
    rule("workers-and-cli-are-leaves", { pathNot: "^(workers|cli|test|bench|scripts)/" }, { path: "^(workers|cli)/" }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage)/" },
  },
};
