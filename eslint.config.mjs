import tseslint from "typescript-eslint";

const clock = {
  selector:
    "MemberExpression[object.name='Date'][property.name='now'], NewExpression[callee.name='Date'][arguments.length=0]",
  message: "Time is an argument, or a run's clock; only the shell reads the wall.",
};
const chance = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: "Chance is an argument.",
};
const ambientEnv = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "Only runtime/config.ts reads the environment.",
};

export default tseslint.config(
  { ignores: ["node_modules", "dist", "**/*.mjs", "**/*.cjs"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-restricted-syntax": ["error", clock, chance, ambientEnv],
      // Blank lines count: a reader scrolls past them too.
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true }],
      curly: ["error", "multi-line"],
      eqeqeq: "error",
    },
  },
  {
    // The shell may read the wall: it is where a run's clock comes from.
    files: ["runtime/**", "clients/**", "cli/**", "workers/**", "sim/exchange/**", "sim/feeds/**", "bench/**", "scripts/**"],
    rules: { "no-restricted-syntax": ["error", chance, ambientEnv] },
  },
  // Written by a program from the real schema: it is as long as the schema is.
  { files: ["schema/tables.ts"], rules: { "max-lines": "off" } },
  { files: ["runtime/config.ts"], rules: { "no-restricted-syntax": ["error", chance] } },
  {
    files: ["**/*.test.ts", "test/**", "vitest.config.ts"],
    rules: {
      "no-restricted-syntax": "off",
      "max-lines-per-function": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
);
