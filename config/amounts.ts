// Amounts of memory and processors as people write them, in Kubernetes' form: "512Mi", "2G", "500m".

/** Bytes of a unit; those without an i are powers of 1000, as in Kubernetes' quantities. */
const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** How an amount of memory is written, for messages. */
export const BYTES_FORM = 'an amount of memory such as "512Mi" or "2G"';

/** How a number of processors is written, for messages. */
export const CORES_FORM = 'a number of processors such as 0.5 or "500m"';

/** `text` in bytes, more than 0; undefined where it is no amount of memory. */
export function parseBytes(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)(k|M|G|Ki|Mi|Gi)?B?$/.exec(text.trim()) ?? [];
  const amount = Math.round(Number(digits) * (UNIT_BYTES[unit] ?? 1));
  return amount > 0 ? amount : undefined;
}

/** `text` in processors, more than 0; undefined where it is no number of them. */
export function parseCores(text: string): number | undefined {
  const [, digits, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(text.trim()) ?? [];
  const amount = Number(digits) / (milli === "m" ? 1000 : 1);
  return amount > 0 ? amount : undefined;
}
