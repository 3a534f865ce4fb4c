// The certificates of one cluster, signed by an authority that lives and dies with it.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type ClusterFolder, nodeName } from "./folder.ts";
import { type ClusterNetwork } from "./network.ts";

/** Who gets a certificate; a file of each name with `.crt` and `.key`. */
export type CertificateName =
  | "apiserver"
  | "apiserver-kubelet-client"
  | "admin"
  | "controller-manager"
  | "scheduler"
  | "kubelet"
  | "kube-proxy"
  | "front-proxy"
  | "metrics-server";

interface CertificateRequest {
  /** As the API server reads it: CN is the user, each O a group. */
  readonly subject: string;
  /** For servers. */
  readonly names?: readonly string[];
}

/** How long they hold; a test cluster lives for hours. */
const VALID_DAYS = 30;

/** openssl's own default file would add extensions. */
const opensslConfig = "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\n";

function requests(network: ClusterNetwork): Record<CertificateName, CertificateRequest> {
  const service = "kubernetes.default.svc";
  return {
    apiserver: {
      subject: "/CN=kube-apiserver",
      names: [
        `IP:${network.nodeAddress}`,
        `IP:${network.apiServiceAddress}`,
        "IP:127.0.0.1",
        "DNS:localhost",
        "DNS:kubernetes",
        "DNS:kubernetes.default",
        `DNS:${service}`,
        `DNS:${service}.cluster.local`,
      ],
    },
    "apiserver-kubelet-client": { subject: "/O=system:masters/CN=kube-apiserver-kubelet-client" },
    admin: { subject: "/O=system:masters/CN=lockstep-test-admin" },
    "controller-manager": { subject: "/CN=system:kube-controller-manager" },
    scheduler: { subject: "/CN=system:kube-scheduler" },
    kubelet: {
      subject: `/O=system:nodes/CN=system:node:${nodeName}`,
      names: [`IP:${network.nodeAddress}`, `DNS:${nodeName}`],
    },
    "kube-proxy": { subject: "/CN=system:kube-proxy" },
    // By this one a server behind the API server knows that it may believe whom it names as the caller.
    "front-proxy": { subject: "/CN=front-proxy" },
    "metrics-server": {
      subject: "/O=system:masters/CN=metrics-server",
      names: [`IP:${network.nodeAddress}`, "DNS:metrics-server.kube-system.svc"],
    },
  };
}

/** Makes the authority (`ca`), all certificates, and the key that signs service-account tokens (`sa.key`, `sa.pub`). */
export async function makeCertificates(
  folder: ClusterFolder,
  network: ClusterNetwork,
): Promise<void> {
  await mkdir(folder.certificates, { recursive: true, mode: 0o700 });
  await writeFile(join(folder.certificates, "openssl.cnf"), opensslConfig);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const common = ["req", "-config", "openssl.cnf", "-x509", ...newKey, "-days", String(VALID_DAYS)];
  const openssl = (args: string[]) => execa("openssl", args, { cwd: folder.certificates });
  await openssl([
    ...common,
    ...["-subj", "/CN=lockstep-test-ca", "-keyout", "ca.key", "-out", "ca.crt"],
    ...["-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
  for (const [name, request] of Object.entries(requests(network))) {
    const names = request.names ? ["-addext", `subjectAltName=${request.names.join(",")}`] : [];
    await openssl([
      ...common,
      ...["-CA", "ca.crt", "-CAkey", "ca.key", "-subj", request.subject],
      ...["-keyout", `${name}.key`, "-out", `${name}.crt`],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-addext", "extendedKeyUsage=clientAuth,serverAuth", ...names],
    ]);
  }
  await openssl([
    "genpkey",
    "-algorithm",
    "EC",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-out",
    "sa.key",
  ]);
  await openssl(["pkey", "-in", "sa.key", "-pubout", "-out", "sa.pub"]);
}
