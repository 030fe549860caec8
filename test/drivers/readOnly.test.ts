import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every API of the two libraries that could change something in a device, and none that only reads. */
const CHANGING = new RegExp(
  [
    // writeFC1 to writeFC4 send the requests that read: coils, discrete inputs, holding and input registers.
    'writeFC(?![1-4]\\b)\\w*|write(Coils?|Registers?)\\w*|maskWriteRegister|readWriteRegisters|customFunction|writeCustomFC|_port\\b',
    'write(SingleNode|Attributes?)?Request|WriteValue|CallMethod\\w*|CallRequest|HistoryUpdate\\w*',
    '(Add|Delete)(Nodes|References)\\w*|setMonitoringMode|Acknowledge(?!ments\\b)\\w*|confirmCondition',
    // What a session is used for: reading, finding nodes, and a subscription's own upkeep.
    'session\\.(?!(ts|read|browse|browseNext|translateBrowsePath|createSubscription|createMonitoredItems|publish|republish' +
      '|transferSubscriptions|deleteMonitoredItems|deleteSubscriptions|close|on)\\b)\\w+|performMessageTransaction',
    'client\\.(?!connect\\b|disconnect\\b|getEndpoints\\b|createSession\\b|on\\b|open\\b|setID\\b|setLogLevel\\b|LogLevel\\b' +
      '|readCoils\\b|readDiscreteInputs\\b|readHoldingRegisters\\b|readInputRegisters\\b)\\w+',
  ].join('|'),
);

describe.each(['modbus', 'opcua'])('drivers/%s only reads', (protocol) => {
  const folder = join(import.meta.dirname, '../../drivers', protocol);
  it.each(readdirSync(folder))('%s names nothing that could write or call', (file) => {
    expect(CHANGING.exec(readFileSync(join(folder, file), 'utf8'))?.[0]).toBeUndefined();
  });
});

it.each([
  'client.writeRegister(1, 2)',
  'client.writeFC6(1, 2, 3, done)',
  "client['writeFC16']",
  'session.write(node)',
  'session.call(method)',
  'new WriteValue()',
  'const { writeCoil } = client',
])('would notice %s', (line) => {
  expect(line).toMatch(CHANGING);
});
