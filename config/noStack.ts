// What says that no stack comes before this one.

/** The value of `promoteFrom` where nothing is promoted. */
export const NO_STACK = "none";
