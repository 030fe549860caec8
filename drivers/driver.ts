import type { z } from 'zod';
import type { Ms, Sample } from '../rules/sample.ts';
import type { GivenPoints } from './points.ts';

/**
 * Plant time, which may run faster than real time or in lock-step with the polls, and real time for I/O deadlines.
 * All of it comes from here, so that tests and replays move it.
 */
export interface Clock {
  /** Plant time. */
  now(): Ms;
  /** Joins those whom a lock-step clock waits for: it stands still while any pacer is awake. A new pacer is awake. */
  pacer(): Pacer;
  /** Real milliseconds from now; rejects with the signal's reason when aborted. Does not hold a lock-step clock. */
  delay(realMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `ring` after `realMs` of real time, unless what it returns is called before. For I/O, which no clock speed
   * hurries; a process that was held up is given the time again.
   */
  after(realMs: number, ring: () => void): () => void;
  /** Settles like `work`, or rejects with `late()` after `realMs` as `after` counts them. */
  deadline<T>(work: Promise<T>, realMs: number, late: () => Error): Promise<T>;
  /** Real time of day: for certificates, whose validity no clock speed hurries. */
  wall(): Ms;
  /** Monotonic real milliseconds, for measuring durations. */
  monotonic(): number;
}

/** One who sleeps in plant time. */
export interface Pacer {
  /** Sleeps until plant time is at least `at` (at once when past) and returns the plant time then; rejects when aborted. */
  until(at: Ms, signal?: AbortSignal): Promise<Ms>;
  /** No longer to be waited for; always called in the end. */
  leave(): void;
}

/** The link is gone; the supervisor tries again. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost';
}

/** The device refuses what is configured (wrong password, untrusted certificate): shown, retried only rarely. */
export class Misconfigured extends Error {
  override name = 'Misconfigured';
}

/** What became of one poll. */
export interface PollReport {
  /** Real milliseconds it took, delivery included. */
  readonly realMs: number;
  /** Polls that fell due while it ran, and are left out. */
  readonly overran: number;
  /** Polls that fell due before it began: the agent itself was held up, or the clock was set forward. */
  readonly missed: number;
}

/** What people should hear of in time, though nothing is amiss yet. */
export type Notice = { readonly event: 'insecure'; readonly reason: string } | PolledNotice | CertificateNotice;

/** So many tags are to be subscribed to, and are polled instead; told at each connect and when it is looked at again. */
export interface PolledNotice {
  readonly event: 'polled';
  readonly tags: number;
  /** Of one of them, what the server says; empty where there is none. */
  readonly reason: string;
}

/** A certificate that a connection rests on; told at each connect and every day. */
export interface CertificateNotice {
  readonly event: 'certificate';
  /** `successor`: takes the place of ours a day before that expires; the server must trust it by then. */
  readonly whose: 'server' | 'user' | 'ours' | 'successor';
  readonly thumbprint: string;
  /** Real time. */
  readonly validTo: Ms;
  /** Where it is; undefined for the server's. */
  readonly file?: string;
}

/**
 * What drivers count one by one. late-answer: came after its time, and was thrown away; late-answer-forgotten: too many
 * are still to come to know the oldest by; busy-retry: the device was busy, and is asked again.
 */
export const COUNTABLES = ['late-answer', 'late-answer-forgotten', 'busy-retry'] as const;
export type Countable = (typeof COUNTABLES)[number];

/** What a running driver may use. `deliver` is its only way out; it is awaited before the next poll falls due. */
export interface Host {
  readonly clock: Clock;
  /** How long after each instant of the grid of `period` this endpoint is polled, so that not all are at once. */
  phase(period: Ms): Ms;
  deliver(samples: readonly Sample[]): Promise<void>;
  /** The session stands and every configured point was looked up. */
  connected(): void;
  /** A poll has ended. */
  polled(report: PollReport): void;
  counted(what: Countable): void;
  notice(notice: Notice): void;
  /** A folder for keys and certificates; drivers without any never touch it. */
  readonly pkiFolder: string;
}

/** Runs until aborted (then resolves, nothing left behind), or rejects with ConnectionLost or Misconfigured. */
export type Driver = (host: Host, signal: AbortSignal) => Promise<void>;

/** A tag as its driver sees it. `period` is in plant milliseconds. */
export interface Point<Address> {
  readonly tag: string;
  readonly address: Address;
  readonly period: Ms;
  /** What one count of it is said to be; a driver whose devices know better compares. */
  readonly unit?: string | undefined;
}

/** A protocol: schemas of an endpoint's options and of a tag's address, and the driver made from both. */
export interface Protocol<Options, Address> {
  readonly options: z.ZodType<Options>;
  readonly address: z.ZodType<Address>;
  /** The driver goes on with what the points become, on the same connection as far as that can be. */
  open(options: Options, points: GivenPoints<Address>): Driver;
  /** Names the physical connection, where only one endpoint may use it. */
  lineOf?(options: Options): string;
}
