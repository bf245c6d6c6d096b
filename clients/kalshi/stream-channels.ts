/** The channels that are subscribed by market. */
export const MARKET_CHANNELS = ["orderbook_delta", "trade"] as const;
export type MarketChannelName = (typeof MARKET_CHANNELS)[number];

/** A command to the venue, with the id its replies carry. */
export interface Command {
  readonly id: number;
  readonly cmd: "subscribe" | "unsubscribe" | "update_subscription";
  readonly params: object;
}

/** Numbers commands: ids start at 1 and are unique in a session. */
export type CommandId = () => number;

/**
 * One market channel of one connection: what is subscribed, under which sid, and how far its
 * sequence has come. Commands bring the venue's side to the wanted set, whatever happened before.
 */
export class MarketChannel {
  readonly name: MarketChannelName;
  readonly #nextId: CommandId;
  readonly #isYesLeg: boolean;
  readonly #tickers = new Set<string>();
  #sid: number | null = null;
  /** Id of the subscribe command that is not yet answered. */
  #askedId: number | null = null;
  #lastSeq: number | null = null;

  constructor(name: MarketChannelName, nextId: CommandId, isYesLeg: boolean) {
    this.name = name;
    this.#nextId = nextId;
    this.#isYesLeg = isYesLeg;
  }

  get sid(): number | null {
    return this.#sid;
  }

  has(ticker: string): boolean {
    return this.#tickers.has(ticker);
  }

  /** Forgets everything: a new connection, or the venue ended the subscription. */
  reset(): void {
    this.#tickers.clear();
    this.#sid = null;
    this.#askedId = null;
    this.#lastSeq = null;
  }

  /** The commands that make the subscription what is wanted; none while a subscribe is unanswered. */
  reconcile(wanted: ReadonlySet<string>): Command[] {
    if (this.#askedId !== null) return [];
    if (this.#sid === null) return wanted.size === 0 ? [] : [this.#subscribe(wanted)];
    if (wanted.size === 0) return [this.#unsubscribe(this.#sid)];
    const added = [...wanted].filter((ticker) => !this.#tickers.has(ticker));
    const dropped = [...this.#tickers].filter((ticker) => !wanted.has(ticker));
    for (const ticker of added) this.#tickers.add(ticker);
    for (const ticker of dropped) this.#tickers.delete(ticker);
    return [
      ...(added.length > 0 ? [this.#update(this.#sid, "add_markets", added)] : []),
      ...(dropped.length > 0 ? [this.#update(this.#sid, "delete_markets", dropped)] : []),
    ];
  }

  /** The command that asks for whole books, of those tickers that are subscribed. */
  snapshotRequest(tickers: Iterable<string>): Command[] {
    const known = [...tickers].filter((ticker) => this.#tickers.has(ticker));
    if (this.#sid === null || known.length === 0) return [];
    return [this.#update(this.#sid, "get_snapshot", known)];
  }

  /** Takes a confirmation. @returns whether it was this channel's. */
  confirm(id: number | null, channel: string, sid: number): boolean {
    if (channel !== this.name || this.#askedId === null) return false;
    if (id !== null && id !== this.#askedId) return false;
    this.#sid = sid;
    this.#askedId = null;
    this.#lastSeq = null;
    return true;
  }

  /** Takes a refusal. @returns whether it was of this channel's subscribe, which is then undone. */
  refuse(id: number | null): boolean {
    if (id === null || id !== this.#askedId) return false;
    this.reset();
    return true;
  }

  /** Takes a frame's place in the sequence. @returns the gap, or null when none is missing. */
  advance(seq: number): { readonly expected: number; readonly got: number } | null {
    const expected = this.#lastSeq === null ? seq : this.#lastSeq + 1;
    this.#lastSeq = seq;
    return seq === expected ? null : { expected, got: seq };
  }

  #subscribe(wanted: ReadonlySet<string>): Command {
    for (const ticker of wanted) this.#tickers.add(ticker);
    this.#askedId = this.#nextId();
    const leg = this.name === "orderbook_delta" ? { use_yes_price: this.#isYesLeg } : {};
    const params = { channels: [this.name], market_tickers: [...wanted], ...leg };
    return { id: this.#askedId, cmd: "subscribe", params };
  }

  #unsubscribe(sid: number): Command {
    this.reset();
    return { id: this.#nextId(), cmd: "unsubscribe", params: { sids: [sid] } };
  }

  #update(sid: number, action: string, tickers: readonly string[]): Command {
    const params = { sids: [sid], action, market_tickers: tickers };
    return { id: this.#nextId(), cmd: "update_subscription", params };
  }
}
