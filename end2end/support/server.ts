import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as after } from "node:timers/promises";

const root = resolve(import.meta.dirname, "../..");
const program = process.env.ASSAY_BIN ?? resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "release/assay");

// the market of this seed is the same in every run; polls are fast, so that tests need not wait
const config = `
[live]
poll_seconds = 1

[simulator]
seed = 1
speed = 1.0
`;

/** How long a start may take: the sample data is read in the background after it. */
const START_MS = 30_000;
/** Lines of the log that a failed test shows. */
const LOG_LINES = 60;

/** A server of the release build with the simulator, a free port and a database of its own. */
export class Server {
  private child: ChildProcess | undefined;
  private log: string[] = [];

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts one on a free port with an empty database. */
  static async start(): Promise<Server> {
    if (!existsSync(program)) {
      throw new Error(`${program} is missing: run "make build" first`);
    }
    const folder = await mkdtemp(join(tmpdir(), "assay-"));
    // rules that a test saves are kept with its database
    const checks = `\n[quality]\nchecks = ${JSON.stringify(join(folder, "checks"))}\n`;
    await writeFile(join(folder, "assay.toml"), config + checks);
    const server = new Server(folder, await freePort());
    await server.run();
    return server;
  }

  /** Starts the process, again after `kill` on the same port and database, and waits until it answers. */
  async run(): Promise<void> {
    const child = spawn(
      program,
      [
        "serve",
        ...["--addr", `127.0.0.1:${this.port}`],
        ...["--live", "simulator"],
        ...["--database-url", `sqlite:${join(this.folder, "assay.db")}`],
        ...["--config", join(this.folder, "assay.toml")],
      ],
      {
        cwd: root,
        env: { ...process.env, LEPTOS_OUTPUT_NAME: "assay", LEPTOS_SITE_ROOT: join(root, "target/site") },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.log = [...this.log, ...text.trimEnd().split("\n")].slice(-LOG_LINES);
      });
    }
    let broken: string | undefined;
    child.once("error", (error) => (broken = error.message));
    child.once("exit", (code, signal) => (broken ??= `it ended with ${code ?? signal}`));
    const deadline = Date.now() + START_MS;
    while (!(await this.answers())) {
      if (broken !== undefined || Date.now() > deadline) {
        await this.kill();
        throw new Error(`the server did not start: ${broken ?? "no answer"}\n${this.tail()}`);
      }
      await after(50);
    }
  }

  private async answers(): Promise<boolean> {
    try {
      const response = await fetch(this.url, { signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** Ends the process at once, as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Ends the process in good order and removes its folder. */
  async stop(): Promise<void> {
    await this.end("SIGINT");
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const gone = once(child, "exit");
    child.kill(signal);
    // a server that does not end must not hang the tests
    const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(hard);
  }

  /** The last lines of the log. */
  tail(): string {
    return this.log.join("\n");
  }

  /** Switches a fault of the simulator on or off. */
  async fault(name: string, state: "on" | "off"): Promise<void> {
    const response = await fetch(`${this.url}/api/v1/simulator/faults/${name}`, {
      method: state === "on" ? "POST" : "DELETE",
      headers: { origin: this.url },
    });
    if (!response.ok) {
      throw new Error(`fault ${name} ${state}: ${response.status} ${await response.text()}`);
    }
  }
}

/** A port that is free now: the server is started on it at once, and again after a crash. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") {
    throw new Error("no free port");
  }
  return address.port;
}
