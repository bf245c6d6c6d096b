import { DefaultLogger, Runtime } from "@temporalio/worker";

// Once a process, which runs files of many suites: a second time is refused.
Runtime.install({ logger: new DefaultLogger("ERROR") });
