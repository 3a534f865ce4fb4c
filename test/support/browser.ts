// Debian's Chromium without a window, spoken to by its DevTools protocol: enough to open a page and measure it.
import { createInterface } from "node:readline";
import { execa } from "execa";
import { WebSocket } from "ws";
import { makeTempDir } from "./tempDir.ts";

/** An answer or an event of the protocol. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One page in a browser of its own. */
export interface BrowserPage {
  /** Opens `url` in a window of that width, in CSS pixels, and waits until it is loaded. */
  readonly open: (url: string, width: number, dark?: boolean) => Promise<void>;
  /** The value of an expression in the page. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** The whole page as a PNG. */
  readonly screenshot: () => Promise<Buffer>;
  /** URLs that were asked for, and what the console said, since the first `open`. */
  readonly requested: readonly string[];
  readonly said: readonly string[];
  readonly close: () => Promise<void>;
}

/** Starts Chromium, `CHROMIUM` or the one on PATH. */
export async function startBrowser(): Promise<BrowserPage> {
  const profile = await makeTempDir("chromium");
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const child = execa(
    process.env.CHROMIUM ?? "chromium",
    [...flags, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
    { reject: false, stdin: "ignore", stdout: "ignore", buffer: false },
  );
  const port = await devToolsPort(child.stderr);
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    readonly type: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(
    targets.find(({ type }) => type === "page")?.webSocketDebuggerUrl ?? "",
  );
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const page = await pageAt(socket);
  const close = async () => {
    socket.terminate();
    child.kill();
    await child;
  };
  return { ...page, close };
}

async function devToolsPort(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const port = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1];
    if (port === undefined) continue;
    stderr.resume();
    return port;
  }
  throw new Error("chromium ended before it listened");
}

async function pageAt(socket: WebSocket): Promise<Omit<BrowserPage, "close">> {
  const requested: string[] = [];
  const said: string[] = [];
  const waiting = new Map<number, (message: Message) => void>();
  let loaded: () => void = () => undefined;
  socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    const { method, params = {} } = message;
    if (method === "Page.loadEventFired") loaded();
    if (method === "Network.requestWillBeSent")
      requested.push((params.request as { readonly url: string }).url);
    if (method === "Log.entryAdded" || method === "Runtime.exceptionThrown")
      said.push(JSON.stringify(params));
    if (method === "Runtime.consoleAPICalled") said.push(JSON.stringify(params));
  });
  let last = 0;
  const send = (method: string, params: object = {}) =>
    new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const id = (last += 1);
      waiting.set(id, ({ result = {}, error }) => {
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
  for (const domain of ["Page", "Network", "Log", "Runtime"]) await send(`${domain}.enable`);
  return {
    requested,
    said,
    open: async (url, width, dark = false) => {
      const size = { width, height: 900, deviceScaleFactor: 1, mobile: false };
      await send("Emulation.setDeviceMetricsOverride", size);
      const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
      await send("Emulation.setEmulatedMedia", { features });
      const done = new Promise<void>((resolve) => (loaded = resolve));
      await send("Page.navigate", { url });
      await done;
    },
    evaluate: async (expression) => {
      const { result } = await send("Runtime.evaluate", { expression, returnByValue: true });
      return (result as { readonly value?: unknown }).value;
    },
    screenshot: async () => {
      const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: true });
      return Buffer.from(data as string, "base64");
    },
  };
}
