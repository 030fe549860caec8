const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/** CRC-16/MODBUS of the first `length` bytes. */
export function crc16(bytes: Buffer, length = bytes.length): number {
  let crc = 0xffff;
  for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return crc;
}

/** A copy of the bytes from `start` to `end` with their CRC behind them, low byte first; modbus-serial wants one on every frame, Modbus TCP has none. */
export function withCrc(bytes: Buffer, start = 0, end = bytes.length): Buffer {
  const length = end - start;
  const whole = Buffer.allocUnsafe(length + 2);
  bytes.copy(whole, 0, start, end);
  whole.writeUInt16LE(crc16(whole, length), length);
  return whole;
}

/** The check of an ASCII frame: the two's complement of the sum of its bytes. */
export const lrc = (bytes: Buffer): number => -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
