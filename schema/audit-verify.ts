import { type AuditRow, CHAIN_START, linkHash } from "./audit-hash.ts";

/** One link of the chain, as it is stored. */
export interface AuditLink {
  readonly auditId: number;
  readonly previous: string;
  readonly hash: string;
}

/** The newest link as it was written outside the database. */
export interface AuditHead extends Pick<AuditLink, "auditId" | "hash"> {
  /** Links up to and with it. */
  readonly links: number;
}

/** One thing that is not as it was written. */
interface AuditFault {
  readonly kind: /** The row is not what its link was made of. */
    | "changed"
    /** Two rows hold what the other held. */
    | "swapped"
    /** A link's row is gone, or a link itself. */
    | "missing"
    /** A row or link that was not there when those after it were linked. */
    | "inserted"
    /** The chain ends before the link that the head file names. */
    | "truncated"
    /** The chain has another link where the head file names one. */
    | "rewritten";
  readonly auditId: number;
  readonly what: string;
}

/** What a walk of the whole chain found. */
export interface AuditVerdict {
  /** In the order of the chain; at most {@link FAULTS_NAMED}. */
  readonly faults: readonly AuditFault[];
  /** All of them. */
  readonly faultsTotal: number;
  readonly links: number;
  /** Rows at the end that no link protects yet. */
  readonly unchained: number;
  readonly lastAuditId: number | null;
  readonly lastHash: string | null;
}

/** So many faults are named; all are counted. */
const FAULTS_NAMED = 200;

interface ChangedRow {
  readonly row: AuditRow;
  readonly link: AuditLink;
}

/**
 * Walks rows and links together, both in order of audit_id. Each link must follow the one before
 * it, hash to its own row, and the chain must hold the head. One fault spoils no link after it.
 */
export async function verifyChain(
  rows: AsyncIterable<AuditRow>,
  links: AsyncIterable<AuditLink>,
  head: AuditHead | null,
): Promise<AuditVerdict> {
  const walk = new Walk(head);
  const row = rows[Symbol.asyncIterator]();
  const link = links[Symbol.asyncIterator]();
  let [nextRow, nextLink] = [await row.next(), await link.next()];
  while (nextRow.done !== true || nextLink.done !== true) {
    const rowId = nextRow.done === true ? Infinity : nextRow.value.auditId;
    const linkId = nextLink.done === true ? Infinity : nextLink.value.auditId;
    walk.step(
      rowId <= linkId && nextRow.done !== true ? nextRow.value : null,
      linkId <= rowId && nextLink.done !== true ? nextLink.value : null,
    );
    if (rowId <= linkId) nextRow = await row.next();
    if (linkId <= rowId) nextLink = await link.next();
  }
  return walk.end();
}

class Walk {
  readonly #head: AuditHead | null;
  readonly #faults: AuditFault[] = [];
  readonly #changed: ChangedRow[] = [];
  #faultsTotal = 0;
  #links = 0;
  #last: AuditLink | null = null;
  #beforeLast: AuditLink | null = null;
  /** Rows without a link since the last one: the tail, or insertions if a link follows. */
  #waiting: number[] = [];
  #waitingTotal = 0;
  #hasHead = false;

  constructor(head: AuditHead | null) {
    this.#head = head;
  }

  step(row: AuditRow | null, link: AuditLink | null): void {
    if (link === null) {
      this.#waitingTotal += 1;
      if (row !== null && this.#waiting.length < FAULTS_NAMED) this.#waiting.push(row.auditId);
      return;
    }
    this.#nameInserted();
    this.#follow(link);
    if (row === null) this.#fault("missing", link.auditId, "its row is gone; its link is there");
    else if (linkHash(link.previous, row) !== link.hash) this.#change({ row, link });
    this.#meetHead(link);
    this.#links += 1;
    this.#beforeLast = this.#last;
    this.#last = link;
  }

  end(): AuditVerdict {
    this.#nameChanged();
    if (this.#head !== null && !this.#hasHead) this.#missHead(this.#head);
    return {
      faults: this.#faults.toSorted((a, b) => a.auditId - b.auditId),
      faultsTotal: this.#faultsTotal,
      links: this.#links,
      unchained: this.#waitingTotal,
      lastAuditId: this.#last?.auditId ?? null,
      lastHash: this.#last?.hash ?? null,
    };
  }

  /** A link came after them: they were not there when it was made. */
  #nameInserted(): void {
    for (const auditId of this.#waiting) {
      this.#fault("inserted", auditId, "it stands between linked rows and has no link");
    }
    this.#faultsTotal += this.#waitingTotal - this.#waiting.length;
    this.#waiting = [];
    this.#waitingTotal = 0;
  }

  #follow(link: AuditLink): void {
    if (link.previous === (this.#last?.hash ?? CHAIN_START)) return;
    const before = this.#last;
    if (before !== null && link.previous === (this.#beforeLast?.hash ?? CHAIN_START)) {
      this.#fault("inserted", before.auditId, `link ${link.auditId} was made without it before it`);
      return;
    }
    const after = before === null ? "at the start of the chain" : `after ${before.auditId}`;
    const what = `${after} a link is gone, or was written again: this one follows another`;
    this.#fault("missing", link.auditId, what);
  }

  #change(changed: ChangedRow): void {
    this.#changed.push(changed);
    // Beyond what is named, a row is only counted: a table rewritten whole must not fill the memory.
    if (this.#changed.length > FAULTS_NAMED) {
      this.#changed.pop();
      this.#faultsTotal += 1;
    }
  }

  #nameChanged(): void {
    for (const { row, link } of this.#changed) {
      const other = this.#changed.find(
        (one) =>
          one.row !== row &&
          linkHash(link.previous, { ...one.row, auditId: row.auditId }) === link.hash,
      );
      if (other === undefined) {
        this.#fault("changed", row.auditId, `${row.kind} ${row.subject} is not what was linked`);
      } else {
        this.#fault("swapped", row.auditId, `what it held is now in row ${other.row.auditId}`);
      }
    }
  }

  #meetHead(link: AuditLink): void {
    if (this.#head?.auditId !== link.auditId) return;
    this.#hasHead = true;
    if (this.#head.hash !== link.hash) {
      this.#fault("rewritten", link.auditId, "the head file has another hash for this link");
    } else if (this.#head.links !== this.#links + 1) {
      const what = `the head file counts ${this.#head.links} links up to it, the chain has ${this.#links + 1}`;
      this.#fault("rewritten", link.auditId, what);
    }
  }

  #missHead(head: AuditHead): void {
    const last = this.#last;
    const end = last === null ? "the chain is empty" : `the chain ends at ${last.auditId}`;
    if (last !== null && last.auditId > head.auditId) {
      this.#fault("missing", head.auditId, "the head file names this link and the chain has none");
      return;
    }
    const gone = head.links - this.#links;
    const what = `${end}, the head file knows it up to ${head.auditId}: ${gone} links are cut off`;
    this.#fault("truncated", head.auditId, what);
  }

  #fault(kind: AuditFault["kind"], auditId: number, what: string): void {
    this.#faultsTotal += 1;
    if (this.#faults.length < FAULTS_NAMED) this.#faults.push({ kind, auditId, what });
  }
}
