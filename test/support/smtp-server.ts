import { SMTPServer } from "smtp-server";

/** One mail as the server took it. */
export interface TakenMail {
  readonly to: readonly string[];
  readonly user: string | null;
  readonly raw: string;
}

/** A real mail server on this machine, with one account. */
export interface MailBox {
  readonly port: number;
  readonly taken: TakenMail[];
  /** What it answers instead of taking a mail; null takes it. */
  refuse: string | null;
  close(): Promise<void>;
}

/** Starts a mail server that speaks SMTP without TLS, as one on the same machine may. */
export async function startMailBox(account: {
  readonly user: string;
  readonly password: string;
}): Promise<MailBox> {
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: (auth, _session, answer) => {
      const isKnown = auth.username === account.user && auth.password === account.password;
      // Servers do quote what they were sent.
      if (!isKnown) answer(new Error(`535 not ${auth.username ?? ""}:${auth.password ?? ""}`));
      else answer(null, { user: account.user });
    },
    onData: (stream, session, answer) => {
      let raw = "";
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => (raw += chunk));
      stream.on("end", () => {
        if (box.refuse !== null) {
          answer(Object.assign(new Error(box.refuse), { responseCode: 451 }));
          return;
        }
        const to = session.envelope.rcptTo.map(({ address }) => address);
        const user = typeof session.user === "string" ? session.user : null;
        box.taken.push({ to, user, raw });
        answer();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const box: MailBox = {
    port,
    taken: [],
    refuse: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
  return box;
}
