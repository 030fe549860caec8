/** Bytes before the payload of an unmasked frame, by its length: RFC 6455, 5.2. */
const [SHORT, MIDDLE, LONG] = [2, 4, 10];
/** FIN, and the opcode of text. */
const WHOLE_TEXT = 0x81;

/** A text frame as it goes over the wire, made once for all who get it. */
export class Frame {
  /** Header and payload, as a server sends them. */
  readonly bytes: Buffer;
  readonly #header: number;

  /** Of a text in pieces that follow each other, so that long ones need not be put together first. */
  constructor(...texts: readonly string[]) {
    const length = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    this.#header = length < 126 ? SHORT : length < 65_536 ? MIDDLE : LONG;
    this.bytes = Buffer.allocUnsafeSlow(this.#header + length);
    this.bytes[0] = WHOLE_TEXT;
    this.bytes[1] = this.#header === SHORT ? length : this.#header === MIDDLE ? 126 : 127;
    if (this.#header === MIDDLE) this.bytes.writeUInt16BE(length, 2);
    if (this.#header === LONG) this.bytes.writeBigUInt64BE(BigInt(length), 2);
    let at = this.#header;
    for (const text of texts) at += this.bytes.write(text, at);
  }

  /** The text alone, for a client, which masks what it sends. */
  get payload(): Buffer {
    return this.bytes.subarray(this.#header);
  }
}
