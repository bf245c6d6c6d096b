import { expect, it } from "vitest";
import { parseEnvironment } from "./config.ts";

const messageOf = (variables: NodeJS.ProcessEnv): string => {
  try {
    parseEnvironment(variables);
    return "";
  } catch (error) {
    return String(error);
  }
};

it("names every fault and prints no value", () => {
  const message = messageOf({
    DATABASE_URL: "mysql://u:hunter2@h/db",
    TEMPORAL_ADDRESS: "no-port-here",
    TIPOFF_MODE: "real-money",
    LOG_LEVEL: "loud",
  });
  for (const name of ["DATABASE_URL", "TEMPORAL_ADDRESS", "TIPOFF_MODE", "LOG_LEVEL"]) {
    expect(message).toContain(name);
  }
  for (const value of ["hunter2", "no-port-here", "real-money", "loud"]) {
    expect(message).not.toContain(value);
  }
});

it("knows no live mode", () => {
  expect(messageOf({ TIPOFF_MODE: "live" })).toContain("does not exist yet");
});

it("takes an empty variable for an absent one", () => {
  const environment = parseEnvironment({ DATABASE_URL: "", TEMPORAL_ADDRESS: "" });
  expect(environment.databaseUrl).toBeNull();
  expect(environment.temporalAddress).toBeNull();
  expect(environment.mode).toBe("paper");
});

it("makes every path absolute", () => {
  const environment = parseEnvironment({
    TIPOFF_HOME: "night",
    DB_PATH: "pg",
    LOG_PATH: "lines",
    KALSHI_PRIVATE_KEY_PATH: "key.pem",
  });
  const { home, databasePath, logPath, kalshiPrivateKeyPath, configFile } = environment;
  for (const path of [home, databasePath, logPath, kalshiPrivateKeyPath, configFile]) {
    expect(path).toMatch(/^\//);
  }
});
