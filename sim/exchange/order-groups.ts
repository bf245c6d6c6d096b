import { type CountCenti, countCenti, type Instant } from "../../core/domain/units.ts";
import { ApiError, invalidOrder, notFound } from "./errors.ts";

/** A group's limit counts the contracts matched within this time. Source: Kalshi's order groups page. */
const WINDOW_MS = 15_000;

/** An order group as the venue shows it. */
export interface OrderGroup {
  readonly id: string;
  /** A group never spans shards. */
  readonly shard: number;
  readonly limit: CountCenti;
  /** Its orders were canceled by its limit or by hand, and it takes none until it is reset. */
  readonly isTriggered: boolean;
}

interface Entry extends OrderGroup {
  readonly matched: readonly { readonly at: Instant; readonly count: CountCenti }[];
}

/** The account's order groups. A fold without clock or I/O, like the account. */
export class OrderGroups {
  readonly #groups = new Map<string, Entry>();

  /** All groups, oldest first. */
  list(): readonly OrderGroup[] {
    return [...this.#groups.values()];
  }

  /** @throws ApiError 404. */
  get(id: string): OrderGroup {
    return this.#entry(id);
  }

  create(id: string, shard: number, limit: CountCenti): OrderGroup {
    return this.#store({ id, shard, limit, isTriggered: false, matched: [] });
  }

  /** Sets the count of matched contracts to zero, and takes orders again. @throws ApiError 404. */
  reset(id: string): OrderGroup {
    return this.#store({ ...this.#entry(id), isTriggered: false, matched: [] });
  }

  /** Takes no more orders; the caller cancels those that rest. @throws ApiError 404. */
  trigger(id: string): OrderGroup {
    return this.#store({ ...this.#entry(id), isTriggered: true });
  }

  /** @throws ApiError 404. */
  setLimit(id: string, limit: CountCenti): OrderGroup {
    return this.#store({ ...this.#entry(id), limit });
  }

  /** The caller cancels what rests of it. @throws ApiError 404. */
  delete(id: string): OrderGroup {
    const group = this.#entry(id);
    this.#groups.delete(id);
    return group;
  }

  /** @throws ApiError when an order of this group would be refused. */
  checkTakes(id: string, shard: number): void {
    const group = this.#entry(id);
    if (group.shard !== shard) throw notFound(`order group ${id} on shard ${shard}`);
    if (group.isTriggered) {
      throw invalidOrder("order group limit was hit: reset the group first");
    }
  }

  /** Counts contracts matched by an order of the group. @returns whether its limit was hit by it. */
  match(id: string, count: CountCenti, at: Instant): boolean {
    const group = this.#groups.get(id);
    if (group === undefined) return false;
    const recent = group.matched.filter((one) => at - one.at < WINDOW_MS);
    const matched = [...recent, { at, count }];
    const total = matched.reduce((sum, one) => sum + one.count, 0);
    const isHit = total >= group.limit && !group.isTriggered;
    this.#store({ ...group, matched, isTriggered: group.isTriggered || isHit });
    return isHit;
  }

  #entry(id: string): Entry {
    const group = this.#groups.get(id);
    if (group === undefined) throw notFound(`order group ${id}`);
    return group;
  }

  #store(group: Entry): OrderGroup {
    this.#groups.set(group.id, group);
    return group;
  }
}

/** A limit of whole contracts or hundredths; both may be named when they say the same. @throws ApiError 400. */
export function groupLimit(whole: number | null, exact: CountCenti | null): CountCenti {
  const limit = exact ?? (whole === null ? null : countCenti(whole * 100));
  const isOne = whole === null || exact === null || exact === whole * 100;
  if (limit !== null && limit > 0 && isOne) return limit;
  throw new ApiError(400, "invalid_parameters", "contracts_limit must be positive");
}
