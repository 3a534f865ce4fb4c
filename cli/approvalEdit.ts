// The approval's place in a stack's config file: everything else in it stays as it was.
import { isMap, parseDocument, Scalar, YAMLMap } from "yaml";
import type { Approval } from "../engine/run/approval.ts";
import { APPROVAL_KEY } from "./stackFile.ts";

/** The file's `text` with `approval` in it, in place of an older one; comments and other keys stay. */
export function withApproval(text: string, approval: Approval): string {
  const document = parseDocument(text);
  const value = approvalNode(approval);
  const config: unknown = document.get("config", true);
  if (isMap(config)) config.set(APPROVAL_KEY, value);
  else document.set("config", mapOf(APPROVAL_KEY, value));
  const written = document.toString({ lineWidth: 0, ...styleOf(text) });
  return text.includes("\r\n") ? written.replace(/\r?\n/g, "\r\n") : written;
}

/**
 * Each value in quotes: Pulumi reads YAML by other rules than this library, which would make a number
 * of 05, and a time of what looks like one.
 */
function approvalNode(approval: Approval): YAMLMap {
  const { through, digest, by, at, expires, reason } = approval;
  const told = { through, digest, by, at, expires, ...(reason === undefined ? {} : { reason }) };
  const map = new YAMLMap();
  for (const [key, text] of Object.entries(told)) {
    const scalar = new Scalar(text);
    scalar.type = Scalar.QUOTE_DOUBLE;
    map.set(key, scalar);
  }
  return map;
}

function mapOf(key: string, value: YAMLMap): YAMLMap {
  const map = new YAMLMap();
  map.set(key, value);
  return map;
}

/** The library writes a document anew: in the style that it is in, as far as that can be told. */
function styleOf(text: string) {
  const indent = /^config:[^\S\n]*(?:#.*)?\r?\n(?:[^\S\n]*(?:#.*)?\r?\n)*( +)\S/m.exec(text)?.[1];
  return {
    indent: indent?.length ?? 2,
    indentSeq: !/^( *)[^\s#-][^\n]*:[^\S\n]*\r?\n\1- /m.test(text),
    flowCollectionPadding: /[[{] \S/.test(text),
  };
}
