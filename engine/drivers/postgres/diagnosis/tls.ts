// TLS that does not come about: certificates, protocols.
import type { ConnectionEntry } from "./entry.ts";

/** OpenSSL's codes; PostgreSQL's and pg's own words. */
export const TLS: readonly ConnectionEntry[] = [
  {
    id: "tls-not-offered",
    codes: [],
    when: { words: /does not support SSL/ },
    message: "The server has no TLS",
    passes: false,
    likely: "it was built or configured without",
    next: "turn ssl on in postgresql.conf, or sslmode=disable where that is allowed",
  },
  {
    id: "tls-host-mismatch",
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID"],
    message: "The server's certificate is for another host",
    passes: false,
    likely: "{host} is not among the names in the certificate",
    next: "connect by a name that the certificate has, or have one made with {host}; sslmode=verify-ca checks the authority but not the name",
  },
  {
    id: "tls-expired",
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    message: "The server's certificate is not valid at this time",
    passes: false,
    likely: "it has expired, or a clock is wrong",
    next: "have the server's certificate renewed; check this machine's clock (date)",
  },
  {
    id: "tls-untrusted",
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    ],
    message: "The server's certificate is not trusted",
    passes: false,
    likely: "it was signed by an authority that this machine does not know",
    next: "give its authority with sslrootcert=, or sslmode=require to encrypt without checking",
  },
  {
    id: "tls-protocol",
    codes: [
      "EPROTO",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    ],
    message: "TLS with the server fails",
    passes: false,
    likely: "both have no version of TLS in common, or the server wants a client's certificate",
    next: "check ssl_min_protocol_version on the server; a client's certificate is given with sslcert= and sslkey=",
  },
  {
    id: "tls-certificate",
    codes: [],
    when: { words: /certificate|self.signed/i },
    message: "The server's certificate is not trusted",
    passes: false,
    likely: "the certificate does not pass the check that sslmode asks for",
    next: "give its authority with sslrootcert=, or sslmode=require to encrypt without checking",
  },
];
