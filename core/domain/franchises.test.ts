import { describe, expect, it } from "vitest";
import { franchiseOf } from "./franchises.ts";
import { TEAMS } from "./teams.ts";

describe("franchises", () => {
  it("knows the teams of today by tricode and by ESPN's code, in either case", () => {
    for (const { code, espn } of TEAMS) {
      expect([code, espn, espn.toLowerCase()].map(franchiseOf)).toEqual([code, code, code]);
    }
  });

  it("follows a franchise through its moves", () => {
    expect(["NJN", "BRK", "NYA"].map(franchiseOf)).toEqual(["BKN", "BKN", "BKN"]);
    expect(["SEA", "OKC", "VAN", "CHH", "CHO"].map(franchiseOf)).toEqual([
      ...["OKC", "OKC", "MEM", "NOP", "CHA"],
    ]);
  });

  it("keeps those that are gone apart from those of today", () => {
    // The Denver of 1950 is not the Nuggets, the Packers of Anderson nobody's forebears.
    expect(["DNN", "AND", "DNA"].map(franchiseOf)).toEqual(["DNN", "AND", "DEN"]);
  });

  it("knows no team by a code that none had", () => {
    expect(["", "QQQ", "BOSTON"].map(franchiseOf)).toEqual([null, null, null]);
  });
});
