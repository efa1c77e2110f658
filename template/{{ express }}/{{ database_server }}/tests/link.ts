/** A network between the service and its database that can break. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { throughPort } from "./database.ts";
import { listening } from "./service.ts";

export class Link {
  silent = false;
  refusing = false;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** Returns the URL through the link. */
  async open(url: string): Promise<string> {
    const { hostname, port } = new URL(url);
    this.#server = await listening(
      createServer((client) => {
        if (this.refusing) {
          client.destroy();
          return;
        }
        const server = connect(Number(port), hostname);
        this.#join(client, server);
        this.#join(server, client);
      }).listen(0, "127.0.0.1"),
    );
    const address = this.#server.address();
    return throughPort(url, typeof address === "object" && address ? address.port : 0);
  }

  cut(): void {
    this.refusing = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.silent = this.refusing = false;
  }

  close(): void {
    this.cut();
    this.#server?.close();
  }

  #join(source: Socket, sink: Socket): void {
    this.#sockets.add(source);
    source.on("data", (chunk) => {
      if (!this.silent) sink.write(chunk);
    });
    source.on("error", () => undefined).on("close", () => sink.destroy());
  }
}
