// Stands for pg's own module of this name in our bundles: Node's sockets, without a look at which runtime it is.
const net = require("node:net");
const tls = require("node:tls");

module.exports = {
  getStream: () => new net.Socket(),
  /** @param {import("node:tls").ConnectionOptions} options */
  getSecureStream: (options) => tls.connect(options),
};
