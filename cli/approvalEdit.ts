// The approval's place in a stack's config file: everything else in it stays as it was.
import { isDeepStrictEqual } from "node:util";
import { isMap, isNode, isScalar, parse, parseDocument, Scalar, YAMLMap } from "yaml";
import type { Approval } from "../engine/run/approval.ts";
import { APPROVAL_KEY, type ApprovalKey } from "./stackFile.ts";

/**
 * The file's `text` with `approval` in it, in place of an older one. Only the lines of the approval
 * change, so that a review shows nothing else; where it has no lines of its own (`config: {}`) the
 * file is written anew, with its comments.
 */
export function withApproval(
  text: string,
  approval: Approval,
  key: ApprovalKey = APPROVAL_KEY,
): string {
  const anew = writeAnew(text, approval, key);
  const spliced = splice(text, approval, key);
  const isSame = spliced !== undefined && isDeepStrictEqual(readOrNull(spliced), parse(anew));
  return isSame ? spliced : anew;
}

function readOrNull(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/**
 * Each value in quotes: Pulumi reads YAML by other rules than this library, which would make a number
 * of 05, and a time of what looks like one.
 */
function fieldsOf(approval: Approval): readonly (readonly [string, unknown])[] {
  const { through, digest, by, at, expires, reason, fingerprint } = approval;
  return Object.entries({
    ...{ through, digest, by, at, expires },
    ...(reason && { reason }),
    ...(fingerprint && { fingerprint }),
  });
}

/** Undefined where `config` is not a block of lines. */
function splice(text: string, approval: Approval, key: ApprovalKey): string | undefined {
  const config: unknown = parseDocument(text).get("config", true);
  if (!isMap(config) || config.flow === true) return undefined;
  const first = config.items[0]?.key;
  const last = config.items.at(-1);
  if (!isNode(first) || !first.range || !last) return undefined;
  const indent = text.slice(lineStart(text, first.range[0]), first.range[0]);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const block = [
    `${indent}${key}:`,
    // What JSON writes, YAML reads as the same value.
    ...fieldsOf(approval).map(
      ([name, value]) => `${indent.repeat(2)}${name}: ${JSON.stringify(value)}`,
    ),
    "",
  ].join(eol);
  const old = config.items.find((item) => isScalar(item.key) && item.key.value === key);
  const end = lineEnd(text, endOf((old ?? last).value ?? (old ?? last).key));
  const start = old && isNode(old.key) && old.key.range ? lineStart(text, old.key.range[0]) : end;
  const before = text.slice(0, start);
  return `${before}${before.endsWith("\n") ? "" : eol}${block}${text.slice(end)}`;
}

function endOf(node: unknown): number {
  return isNode(node) && node.range ? node.range[1] : 0;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line after `offset` begins; a block scalar's end is there already. */
function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const newline = text.indexOf("\n", offset);
  return newline < 0 ? text.length : newline + 1;
}

function writeAnew(text: string, approval: Approval, key: ApprovalKey): string {
  const document = parseDocument(text);
  const value = new YAMLMap();
  for (const [name, field] of fieldsOf(approval)) {
    const node = document.createNode(field, { flow: true });
    if (isScalar(node)) node.type = Scalar.QUOTE_DOUBLE;
    value.set(name, node);
  }
  const config: unknown = document.get("config", true);
  const target = isMap(config) ? config : new YAMLMap();
  target.flow = false;
  target.set(key, value);
  document.set("config", target);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
