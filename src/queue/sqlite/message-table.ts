import type { ChangeChannel, SqliteDatabase, SqlRow, SqlValue, Statement } from '../../sqlite/index.js';
import { Tally } from '../../sqlite/index.js';
import type { LaneDepth, QueueMessage } from '../task-queue.js';
import { MESSAGE_STATE } from './schema.js';

/** What a consumer holds. It may settle it once: after that, the same names may stand for a later claim. */
export interface Claim {
  seq: number;
  message: QueueMessage;
  lostDeliveries: number;
  consumer: number;
}

/** A message whose consumer vanished is delivered at once this often; then it waits, longer each time. */
const LOST_AT_ONCE = 3;
const LOST_WAIT_MS = 250;
const MAX_LOST_WAIT_MS = 60_000;
/** Due messages made ready in one transaction: a million due at once must not stop everything else. */
const PROMOTE_AT_ONCE = 1000;

const { ready, delayed, claimed } = MESSAGE_STATE;

/** The messages and their counts. Everything that changes something is to be called inside a write. */
export class MessageTable {
  /** Lanes that may have become ready. */
  readonly lanes: ChangeChannel;
  /** Anything: the next due time may have changed. */
  readonly dueTimes: ChangeChannel;
  readonly #tally: Tally;
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(database: SqliteDatabase) {
    this.lanes = database.getChannel('queue.lanes');
    this.dueTimes = database.getChannel('queue.dueTimes');
    this.#tally = new Tally(database, 'queue_depths');
    this.#sql = prepareStatements(database);
  }

  publish(message: QueueMessage, now: number): void {
    const { id, algorithm, priority, availableAt } = message;
    const isDelayed = availableAt !== undefined && availableAt > now;
    const state = isDelayed ? delayed : ready;
    const inserted = isDelayed
      ? this.#sql.insertDelayed.run([id, algorithm, priority, now, availableAt])
      : this.#sql.insertReady.run([id, algorithm, priority, now]);
    if (inserted.changes === 0) return this.#publishAgain(id, isDelayed ? availableAt : now, now);
    this.#tally.add(algorithm, state, 1);
    this.#markState(algorithm, state);
  }

  /**
   * A message that waits already stays as it is, or goes sooner. One that is held may be a leftover that its consumer
   * is about to acknowledge (its task ended, and was redriven since): it is delivered once more after that.
   */
  #publishAgain(id: string, availableAt: number, now: number): void {
    this.#sql.republishHeld.run([id, availableAt]);
    const sooner = this.#sql.makeSooner.get([id, availableAt]);
    if (!sooner) return;
    if (availableAt <= now) this.promoteDue(now);
    else this.dueTimes.mark('');
  }

  claim(consumer: number, algorithm: string, max: number): Claim[] {
    const rows = this.#sql.claim.all([consumer, algorithm, max]);
    if (rows.length === 0) return [];
    this.#tally.move(algorithm, ready, claimed, rows.length);
    return rows
      .map(([seq, id, priority, lostDeliveries]) => ({
        seq,
        message: { id, algorithm, priority },
        lostDeliveries,
        consumer,
      }))
      .sort((a, b) => b.message.priority - a.message.priority || a.seq - b.seq);
  }

  /** False when this claim is no more. */
  acknowledge(claim: Claim, now: number): boolean {
    const key = [claim.seq, claim.consumer];
    if (this.#sql.deleteClaimed.run(key).changes > 0) {
      this.#tally.add(claim.message.algorithm, claimed, -1);
      return true;
    }
    return this.#deliverRepublished(key, now);
  }

  release(claim: Claim, delayMs: number, now: number): boolean {
    const key = [claim.seq, claim.consumer];
    if (this.#deliverRepublished(key, now)) return true;
    const state = delayMs > 0 ? delayed : ready;
    if (this.#sql.release.run([...key, state, delayMs > 0 ? now + delayMs : null]).changes === 0)
      return false;
    this.#tally.move(claim.message.algorithm, claimed, state);
    this.#markState(claim.message.algorithm, state);
    return true;
  }

  #deliverRepublished(key: SqlValue[], now: number): boolean {
    const row = this.#sql.deliverRepublished.get([...key, now]);
    if (!row) return false;
    const [algorithm, state] = row;
    this.#tally.move(algorithm, claimed, state);
    this.#markState(algorithm, state);
    return true;
  }

  remove(id: string): boolean {
    const row = this.#sql.remove.get([id]);
    if (!row) return false;
    this.#tally.add(row[0], row[1], -1);
    return true;
  }

  /** Gives back what a consumer holds and has not begun with. Returns how many. */
  returnClaims(consumer: number): number {
    return this.#moveReturned(this.#sql.returnClaims.all([consumer]));
  }

  /**
   * Gives back what a vanished consumer held: at once the first times, then after a wait that doubles. Otherwise the
   * oldest message would be the first to be caught in each of a row of crashes, and would be given up for nothing it did.
   */
  takeBackClaims(consumer: number, now: number): number {
    return this.#moveReturned(this.#sql.takeBackClaims.all([consumer, now]));
  }

  #moveReturned(rows: readonly [algorithm: string, state: number][]): number {
    let anyDelayed = false;
    for (const [algorithm, state] of rows) {
      this.#tally.move(algorithm, claimed, state);
      if (state === ready) this.lanes.mark(algorithm);
      else anyDelayed = true;
    }
    if (anyDelayed) this.dueTimes.mark('');
    return rows.length;
  }

  /** Makes messages ready whose time has come, a bounded number of them. */
  promoteDue(now: number): void {
    const due = this.getNextDue();
    if (due === undefined || due > now) return;
    const rows = this.#sql.promote.all([now, PROMOTE_AT_ONCE]);
    for (const [algorithm] of rows) {
      this.#tally.move(algorithm, delayed, ready);
      this.lanes.mark(algorithm);
    }
    this.dueTimes.mark('');
  }

  /** When the next delayed message is due, milliseconds since the epoch. Reads only. */
  getNextDue(): number | undefined {
    return this.#sql.nextDue.get([])?.[0];
  }

  /** Reads only. */
  getReadyLanes(): string[] {
    return this.#sql.readyLanes.all([]).map(([algorithm]) => algorithm);
  }

  /** Reads only. Costs by the number of lanes. */
  getDepths(): LaneDepth[] {
    const lanes = new Map<string, LaneDepth>();
    for (const { name, kind, count } of this.#tally.read()) {
      const lane = lanes.get(name) ?? { algorithm: name, ready: 0, delayed: 0, claimed: 0 };
      lanes.set(name, lane);
      if (kind === ready) lane.ready = count;
      else if (kind === delayed) lane.delayed = count;
      else lane.claimed = count;
    }
    for (const lane of lanes.values()) {
      const oldestAt = lane.ready > 0 ? this.#sql.oldest.get([lane.algorithm])?.[0] : undefined;
      if (typeof oldestAt === 'number') lane.oldestAt = oldestAt;
    }
    return [...lanes.values()];
  }

  #markState(algorithm: string, state: number): void {
    if (state === ready) this.lanes.mark(algorithm);
    else this.dueTimes.mark('');
  }
}

type ClaimRow = [seq: number, id: string, priority: number, lostDeliveries: number];

function prepareStatements(database: SqliteDatabase) {
  const prepare = <Row extends SqlRow>(sql: string): Statement<Row> => database.prepare<Row>(sql);
  const held = 'seq = ?1 AND consumer = ?2 AND state = 2';
  return {
    insertReady: prepare(
      `INSERT INTO queue_messages (id, algorithm, priority, state, published_at)
       VALUES (?, ?, ?, ${ready}, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    insertDelayed: prepare(
      `INSERT INTO queue_messages (id, algorithm, priority, state, published_at, available_at)
       VALUES (?, ?, ?, ${delayed}, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    republishHeld: prepare(
      'UPDATE queue_messages SET republished = 1, available_at = ?2 WHERE id = ?1 AND state = 2',
    ),
    makeSooner: prepare<[number]>(
      `UPDATE queue_messages SET available_at = ?2 WHERE id = ?1 AND state = 1 AND available_at > ?2 RETURNING seq`,
    ),
    claim: prepare<ClaimRow>(
      `UPDATE queue_messages SET state = 2, consumer = ?1, available_at = NULL
       WHERE seq IN (SELECT seq FROM queue_messages INDEXED BY queue_ready
                     WHERE state = 0 AND algorithm = ?2 ORDER BY priority DESC, seq LIMIT ?3)
       RETURNING seq, id, priority, lost_deliveries`,
    ),
    deleteClaimed: prepare(`DELETE FROM queue_messages WHERE ${held} AND republished = 0`),
    deliverRepublished: prepare<[algorithm: string, state: number]>(
      `UPDATE queue_messages SET republished = 0, consumer = NULL, lost_deliveries = 0,
         state = CASE WHEN available_at > ?3 THEN 1 ELSE 0 END
       WHERE ${held} AND republished = 1 RETURNING algorithm, state`,
    ),
    release: prepare(
      `UPDATE queue_messages SET state = ?3, available_at = ?4, consumer = NULL WHERE ${held}`,
    ),
    remove: prepare<[algorithm: string, state: number]>(
      'DELETE FROM queue_messages WHERE id = ? AND state <> 2 RETURNING algorithm, state',
    ),
    returnClaims: prepare<[algorithm: string, state: number]>(
      `UPDATE queue_messages SET state = 0, consumer = NULL, republished = 0
       WHERE state = 2 AND consumer = ?1 RETURNING algorithm, state`,
    ),
    takeBackClaims: prepare<[algorithm: string, state: number]>(
      `UPDATE queue_messages SET consumer = NULL, republished = 0, lost_deliveries = lost_deliveries + 1,
         state = CASE WHEN lost_deliveries < ${LOST_AT_ONCE} THEN 0 ELSE 1 END,
         available_at = CASE WHEN lost_deliveries < ${LOST_AT_ONCE} THEN NULL
           ELSE ?2 + min(${MAX_LOST_WAIT_MS}, ${LOST_WAIT_MS} << min(lost_deliveries - ${LOST_AT_ONCE}, 20)) END
       WHERE state = 2 AND consumer = ?1 RETURNING algorithm, state`,
    ),
    nextDue: prepare<[number]>(
      `SELECT available_at FROM queue_messages INDEXED BY queue_delayed
       WHERE state = 1 ORDER BY available_at LIMIT 1`,
    ),
    promote: prepare<[algorithm: string]>(
      `UPDATE queue_messages SET state = 0
       WHERE seq IN (SELECT seq FROM queue_messages INDEXED BY queue_delayed
                     WHERE state = 1 AND available_at <= ?1 ORDER BY available_at LIMIT ?2)
       RETURNING algorithm`,
    ),
    // Jumps from lane to lane in the index instead of reading all of it.
    readyLanes: prepare<[algorithm: string]>(
      `WITH RECURSIVE lanes (algorithm) AS (
         SELECT min(algorithm) FROM queue_messages INDEXED BY queue_ready WHERE state = 0
         UNION ALL
         SELECT (SELECT min(algorithm) FROM queue_messages INDEXED BY queue_ready
                 WHERE state = 0 AND algorithm > lanes.algorithm)
         FROM lanes WHERE lanes.algorithm IS NOT NULL
       ) SELECT algorithm FROM lanes WHERE algorithm IS NOT NULL`,
    ),
    oldest: prepare<[number | null]>(
      `WITH RECURSIVE priorities (priority) AS (
         SELECT 0 UNION ALL SELECT priority + 1 FROM priorities WHERE priority < 9
       ) SELECT min(m.published_at) FROM priorities p JOIN queue_messages m ON m.seq =
         (SELECT seq FROM queue_messages INDEXED BY queue_ready
          WHERE state = 0 AND algorithm = ?1 AND priority = p.priority ORDER BY seq LIMIT 1)`,
    ),
  };
}
