/** What a store of another machine needs of this one: whose credentials to use, the clock, and how to wait. */
export interface StoreWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly now: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
}
