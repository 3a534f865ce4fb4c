// Runs other programs: to read what they print, or in the foreground with their output on stderr.

import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a short program and returns what it printed.
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options] the time limit is 20 s by default
 * @returns {string | undefined} stdout, or undefined where it is missing, failed or was too slow
 */
export function readOutput(file, args, options = {}) {
  const result = spawnSync(file, args, {
    encoding: "utf8",
    env: options.env ?? process.env,
    timeout: options.timeoutMs ?? 20_000,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/**
 * Runs a program to its end, and hands each line it prints (stdout and stderr) to `onLine`.
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, tailLines?: number, onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ code: number, timedOut: boolean, tail: string[] }>} `tail` holds the last lines, 30 by default; code 127 = could not be started
 */
export function follow(file, args, options = {}) {
  return new Promise((resolve) => {
    /** @type {string[]} */
    const tail = [];
    const take = (/** @type {string} */ line) => {
      if (!line) return;
      tail.push(line);
      if (tail.length > (options.tailLines ?? 30)) tail.shift();
      options.onLine?.(line);
    };
    // A group of its own: what this program started must end with it when the time is up.
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const group = -(child.pid ?? 0);
    const stop = () => {
      killGroup(group, "SIGTERM");
      process.exit(130);
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    let timedOut = false;
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          killGroup(group, "SIGKILL");
        }, options.timeoutMs)
      : undefined;
    splitLines(child.stdout, take);
    splitLines(child.stderr, take);
    const finish = (/** @type {number} */ code) => {
      clearTimeout(timer);
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      resolve({ code, timedOut, tail });
    };
    child.on("error", (error) => {
      take(error.message);
      finish(127);
    });
    child.on("close", (code) => finish(code ?? 1));
  });
}

/**
 * @param {number} group negative process group id; 0 means that nothing was started
 * @param {NodeJS.Signals} signal
 */
function killGroup(group, signal) {
  try {
    if (group) process.kill(group, signal);
  } catch {
    // Already gone.
  }
}

/**
 * @param {NodeJS.ReadableStream} stream
 * @param {(line: string) => void} onLine
 */
function splitLines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (/** @type {string} */ text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.trimEnd());
  });
  stream.on("end", () => onLine(rest.trimEnd()));
}

/** Signals that arrive within this many ms of each other count as one: npm passes on what the terminal has already sent. */
const sameSignalMs = 500;

/**
 * Runs a program in the foreground with this process's streams, waits for its end and returns its exit code.
 *
 * The program gets each interrupt exactly once, because Pulumi takes a second one as "stop without cleaning up". In a
 * terminal the kernel sends Ctrl-C to the whole foreground group, so this process only waits. Elsewhere the program gets a
 * group of its own and this process passes the signal on.
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} the exit code; 128 + n where signal n ended it; 127 where it could not be started
 */
export function runForeground(file, args, options = {}) {
  const inTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  return new Promise((resolve) => {
    const child = spawn(file, args, { ...options, stdio: "inherit", detached: !inTerminal });
    let lastMs = -sameSignalMs;
    const pass = (/** @type {NodeJS.Signals} */ signal) => {
      const nowMs = performance.now();
      const repeated = nowMs - lastMs < sameSignalMs;
      lastMs = nowMs;
      if (!repeated && !(inTerminal && signal === "SIGINT")) child.kill(signal);
    };
    process.on("SIGINT", pass);
    process.on("SIGTERM", pass);
    const finish = (/** @type {number} */ code) => {
      process.off("SIGINT", pass);
      process.off("SIGTERM", pass);
      resolve(code);
    };
    child.on("error", () => finish(127));
    child.on("close", (code, signal) =>
      finish(code ?? 128 + (signal ? constants.signals[signal] : 1)),
    );
  });
}
