// How lockstep's own is told in a cluster's apps.

/** The field manager of the app's Deployment: what the gate applies to go back, Pulumi must own. */
export const APP_FIELD_MANAGER = "lockstep-app";
/** The label of the app's pods that holds the release's id: `1.1-3f9c2ab41c07`. */
export const RELEASE_LABEL = "lockstep.dev/release";
