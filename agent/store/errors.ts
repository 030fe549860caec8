/** Another process works on this data folder. */
export class LockedError extends Error {
  override name = 'LockedError';
}

/** The file is no log of ours, or one written by a newer version: it is left as it is. */
export class ForeignFileError extends Error {
  override name = 'ForeignFileError';
}

/** Something in the file is not as it was written. */
export class DamagedError extends Error {
  override name = 'DamagedError';
}

/** The store was asked for something after `close()`. */
export class StoreClosedError extends Error {
  override name = 'StoreClosedError';
}
