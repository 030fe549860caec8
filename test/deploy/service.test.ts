import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stepsOf } from '../support/documents.ts';
import { canBoot, World } from './world.ts';

/** What the guide has root do so that systemd keeps the agent running, in a machine that systemd has booted. */

const WAIT = { timeout: 120_000, interval: 250 };
const steps = stepsOf('docs/install.md').filter(({ unrun }) => unrun?.startsWith('systemd as root'));

describe.skipIf(!canBoot())('as a service (skipped without root, systemd and namespaces)', { timeout: 300_000 }, () => {
  const world = new World();
  const PERTONNE = 'node_modules/.bin/node agent/main.ts';
  /** What stands in the guide, and what it is there: nobody is at a terminal to say yes, and nobody ends what follows the log. */
  let here: [there: string, here: string][];
  let server: string;

  beforeAll(async () => {
    await vi.waitFor(async () => expect(await world.isUp()).toBe(true), WAIT);
    // The plant stands in that machine's own network.
    await done(`systemd-run --unit=plant -p StandardOutput=file:/run/plant.json -p WorkingDirectory=/mnt \
      /mnt/${PERTONNE.replace(' ', ' /mnt/')} plant --config /run/simulated.yaml --data /run/plant`);
    await vi.waitFor(async () => expect(await done('cat /run/plant.json')).toContain('endpoints'), WAIT);
    const { endpoints } = JSON.parse(await done('cat /run/plant.json'));
    const print = await done(`openssl x509 -in ${endpoints.plc.serverCertificate} -noout -fingerprint -sha1`);
    server = endpoints.plc.url;
    here = [
      ['opc.tcp://192.0.2.20:4840', `${server} --accept ${print.split('=')[1]!.replaceAll(':', '')}`],
      ['journalctl -u pertonne -f', 'journalctl -u pertonne'],
    ];
    await done(
      `${PERTONNE} init --modbus modbus://127.0.0.1:${endpoints['mill-meters'].port}/1 --profile abb-b23 --agent a --path b/c`,
    );
  }, 300_000);
  afterAll(() => world.stop());

  async function done(command: string): Promise<string> {
    const { code, out, err } = await world.run(command);
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${err}${out}`);
    return out;
  }
  const log = async (): Promise<Record<string, unknown>[]> =>
    (await done('journalctl -u pertonne -o cat'))
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  const ready = (): Promise<string> => world.run('curl --silent http://localhost:8080/readyz').then(({ out }) => out);
  const shown = async (property: string): Promise<string> =>
    (await done(`systemctl show pertonne -P ${property}`)).trim();

  test('the commands do as they say, the agent reads its plant and goes on with what was kept before', async () => {
    await done(`${PERTONNE} browse ${server} --data data >/dev/null 2>&1 || true; cp -a data /var/lib/pertonne`);
    expect(steps).toHaveLength(2);
    for (const { command } of steps) {
      await done(here.reduce((text, [there, own]) => text.replaceAll(there, own), command));
      await expect.poll(ready, WAIT).toContain('"ready":true');
    }
    await done('cmp {data,/var/lib/private/pertonne}/pki/own/certs/client_certificate.pem');
  });

  test('it runs as a user that is nobody else, without rights, and its data is for that user alone', async () => {
    const status = await done(`cat /proc/${await shown('MainPID')}/status`);
    const [uid] = /^Uid:\s+(\d+)/m.exec(status)!.slice(1).map(Number);
    expect(uid).toBeGreaterThanOrEqual(61_184);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    const owners = (await done('find /var/lib/private/pertonne/ -printf "%U %m %y\\n"')).split('\n');
    expect(owners.length).toBeGreaterThan(5);
    for (const one of owners) expect(one).toMatch(new RegExp(`^${uid} `));
    expect(await done('stat -c %a /var/lib/private/pertonne')).toBe('700');
    expect(await done('find /opt/pertonne /etc/pertonne ! -user root')).toBe('');
  });

  test('what root trusted is trusted; systemctl reload and restart do what they do elsewhere', async () => {
    expect(await done('ls /var/lib/private/pertonne/pki/trusted/certs')).toContain('Simulated');
    await done(
      "sed -i 's/protocol: modbus,/protocol: modbus, period: 5s,/' /etc/pertonne/plant.yaml; systemctl reload pertonne",
    );
    await expect.poll(async () => (await log()).map(({ event }) => event), WAIT).toContain('config-applied');
    const opened = async () => (await log()).filter(({ event }) => event === 'store-opened');
    await done('systemctl restart pertonne');
    await expect.poll(async () => (await opened()).length, WAIT).toBe(2);
    const [first, second] = await opened();
    expect(second!.epoch).toBe(first!.epoch);
    await expect.poll(ready, WAIT).toContain('"ready":true');
  });

  test('a key in the data folder is read by the agent alone; it ends in order', async () => {
    await done(`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
      -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem
      install -m 0644 cert.pem /etc/pertonne; install -D -m 0600 key.pem /var/lib/pertonne/secrets/key.pem
      chown -R --reference=/var/lib/private/pertonne /var/lib/private/pertonne
      echo 'http: { tls: { certFile: cert.pem, keyFile: /var/lib/pertonne/secrets/key.pem } }' >> /etc/pertonne/plant.yaml
      systemctl restart pertonne`);
    const answer = () => world.run('curl --silent --cacert cert.pem https://localhost:8080/readyz');
    await expect.poll(async () => (await answer()).out, WAIT).toContain('"ready":true');
    await done('systemctl stop pertonne');
    expect((await log()).at(-1)).toMatchObject({ event: 'stopped' });
    expect([await shown('Result'), await shown('ExecMainStatus')]).toEqual(['success', '0']);
  });
});
