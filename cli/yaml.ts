// What the commands take of the yaml package, as a module of its own that can be loaded late: a bundle gives a CommonJS package's names
// only to whoever imports it by them.
export { isMap, parseDocument } from "yaml";
