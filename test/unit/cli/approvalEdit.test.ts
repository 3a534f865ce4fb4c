// The approval's place in a stack's file: nothing else in it changes.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { withApproval } from "../../../cli/approvalEdit.ts";

const approval = {
  through: "05",
  digest: "1".repeat(60) + "2e11",
  by: "Ada: Admin #1",
  at: "2026-11-02T09:00:00Z",
  expires: "2026-11-09T09:00:00Z",
};

const BLOCK = [
  "  lockstep:approval:",
  '    through: "05"',
  `    digest: "${approval.digest}"`,
  '    by: "Ada: Admin #1"',
  '    at: "2026-11-02T09:00:00Z"',
  '    expires: "2026-11-09T09:00:00Z"',
  "",
].join("\n");

const FILE = `# who may touch this: ops
encryptionsalt: v1:abc=
config:
  # the label
  lockstep:release: "1.1"   # bumped weekly

  lockstep:target:
    "1.1": "05"
  lockstep:app:
    command: [node, server.mjs, "\${release}"]
    env: {A: "1"}
  lockstep:reason: ${"a very long line ".repeat(12).trim()}
`;

describe("withApproval", () => {
  it("adds the approval at the end of config and leaves every other byte", () => {
    assert.equal(withApproval(FILE, approval), FILE + BLOCK);
  });

  it("replaces an older approval where it stands, and keeps the comment above it", () => {
    const before = [
      "config:",
      "  # given in the release meeting",
      "  lockstep:approval:",
      '    through: "03"',
      "    reason: old",
      '  lockstep:release: "1.1"',
      "",
    ].join("\n");
    assert.equal(
      withApproval(before, approval),
      `config:\n  # given in the release meeting\n${BLOCK}  lockstep:release: "1.1"\n`,
    );
  });

  it("reads back as it was given, the reason and what hangs on it too", () => {
    const fingerprint = { version: 1, objects: ['view "a: b"."#c"', "index public.i"] };
    const full = { ...approval, reason: 'because: "1.1" has run\nfor a week', fingerprint };
    for (const text of [FILE, "config: {}\n"]) {
      const { config } = parse(withApproval(text, full)) as { config: Record<string, unknown> };
      assert.deepEqual(config["lockstep:approval"], full);
    }
  });

  it("makes config where there is none", () => {
    assert.equal(withApproval("", approval), `config:\n${BLOCK}`);
    assert.equal(withApproval("config:\n", approval), `config:\n${BLOCK}`);
    assert.equal(withApproval("config: {}\n", approval), `config:\n${BLOCK}`);
    assert.equal(withApproval("a: 1\n", approval), `a: 1\nconfig:\n${BLOCK}`);
  });

  it("finds the end of what config holds: texts of several lines, comments, no newline at the end", () => {
    const text =
      "config:\n  a:note: |\n    one\n    two\n  # of b\n  b:key:\n# after config\nc: 1\n";
    const [head, tail] = [
      "config:\n  a:note: |\n    one\n    two\n  # of b\n  b:key:\n",
      "# after config\nc: 1\n",
    ];
    assert.equal(text, head + tail);
    assert.equal(withApproval(text, approval), head + BLOCK + tail);
    assert.equal(withApproval("config:\n  a:b: c", approval), `config:\n  a:b: c\n${BLOCK}`);
  });

  it("writes the file anew where config is not a block, comments kept", () => {
    const written = withApproval('# mine\nconfig: {"a:b": [1, 2]}\n', approval);
    assert.ok(written.startsWith("# mine\nconfig:\n"), written);
    const { config } = parse(written) as { config: Record<string, unknown> };
    assert.deepEqual(config, { "a:b": [1, 2], "lockstep:approval": approval });
  });

  it("keeps the file's own indentation, lists and line ends", () => {
    const four = "config:\n    p:list:\n    - a\n    - [ b, c ]\n";
    assert.ok(withApproval(four, approval).startsWith(`${four}    lockstep:approval:\n        th`));
    const windows = "config:\r\n  a:b: c\r\n";
    const written = withApproval(windows, approval);
    assert.ok(written.startsWith(windows));
    assert.equal(written.split("\n").length, written.split("\r\n").length);
  });
});
