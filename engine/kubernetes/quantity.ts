// Reads the API's quantities: `250m`, `41236Ki`, `1e3`.

/** Factors of the suffixes (apimachinery's resource.Quantity): decimal ones, and binary ones. */
const FACTORS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** The number that a quantity stands for, in its own unit (processors, bytes); null where it is none. */
export function parseQuantity(text: string): number | null {
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(text);
  const factor = FACTORS[found?.[2] ?? ""];
  return found && factor !== undefined ? Number(found[1]) * factor : null;
}
