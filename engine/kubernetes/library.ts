// What is used of the Kubernetes client library. Imported lazily, and by name here: so a bundle takes 1 MB of it, not 5.
export { KubeConfig } from "@kubernetes/client-node";
