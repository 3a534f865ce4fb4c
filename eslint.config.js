// Lint rules; the import restrictions at the end keep the house's arrows going one way.
import { defineConfig } from "eslint/config";
import { importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Folders whose code an engine, a plugin, ... must not know, as import patterns from any depth. */
const folders = (...names) =>
  names.map((name) => ({ regex: `^(\\.{1,2}/)+(${name})/`, message: "arrows go one way" }));
const pulumi = { regex: "^@pulumi/", message: "only the program and the plugin know Pulumi" };
const ownTypes = {
  regex: "^(\\.{1,2}/)+provider/(?!schema\\.ts$)",
  message: "of the plugin only provider/schema.ts, its contract, is to be known",
};
const engineFromComponents = {
  regex: "^(\\.{1,2}/)+engine/(?!(kubernetes/strategicMerge|fence/releaseLogin)\\.ts$)",
  message:
    "of the engine only what is pure: an override over a pod template, and a release's login",
};
const configFromComponents = {
  regex: "^(\\.{1,2}/)+config/(?!kubernetesConfig\\.ts$)",
  message: "of the config only the form of the block that is handed on as it is",
};
const processes = {
  regex: "^(node:)?(child_process|fs|fs/promises|http|https|net|dns|tls)$|^(execa|pg)$",
  message: "components and config do no I/O",
};

const restrict = (files, ...patterns) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: patterns.flat() }] },
});

export default defineConfig(
  // Examples are programs of their own: they are compiled as such, against the packed package.
  { ignores: ["dist/", "node_modules/", "coverage/", ".lockstep/", "examples/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "import-x/no-default-export": "error",
      "import-x/order": [
        "error",
        {
          alphabetize: { order: "asc", caseInsensitive: true },
          groups: ["builtin", "external", "parent", "sibling"],
        },
      ],
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      // Numbers and booleans in a message read well as they are.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      // SQL and names are walked by code point on purpose.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        {
          argsIgnorePattern: "^_",
          varsIgnorePattern: "^_",
          ignoreRestSiblings: true,
        },
      ],
      eqeqeq: "error",
      "max-params": ["error", 3],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // mocha's `it` takes a promise, and node:assert/strict is called through its module.
      "@typescript-eslint/no-floating-promises": "off",
      // Where it is undefined the test fails, which is all that is wanted.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["engine/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        { object: "process", property: "exit", message: "the engine never exits" },
        { object: "process", property: "stdout", message: "the engine prints nothing" },
      ],
    },
  },
  restrict(["engine/**/*.ts"], pulumi, folders("provider|cli|components|program|config")),
  restrict(["provider/**/*.ts"], folders("cli|components|program|config")),
  restrict(["cli/**/*.ts"], pulumi, folders("provider|components|program")),
  restrict(
    ["components/**/*.ts"],
    ownTypes,
    processes,
    engineFromComponents,
    configFromComponents,
    folders("cli|program"),
  ),
  restrict(["config/**/*.ts"], pulumi, ownTypes, processes, folders("cli|components|program")),
  restrict(["program/**/*.ts", "package/**/*.ts", "index.ts"], ownTypes, folders("cli")),
);
